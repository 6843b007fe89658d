import { describe, expect, it } from 'vitest';
import { askCommand } from './ask-command.ts';

const DELETE = {
  verbs: ['delete'],
  group: '',
  resource: 'pods',
  subresource: '',
  namespace: 'shop',
  name: 'web-7',
  seconds: 600,
};

describe('askCommand', () => {
  it.each([
    [{}, '--verb delete --resource pods --name web-7 -n shop --for 10m'],
    [{ name: '', seconds: 90 }, '--verb delete --resource pods -n shop --for 1m30s'],
    [
      { verbs: ['update', 'patch'], group: 'apps', resource: 'deployments', subresource: 'scale' },
      '--verb update,patch --resource deployments.apps/scale --name web-7 -n shop --for 10m',
    ],
    // RBAC knows such names, and the text goes into a shell.
    [
      { name: "x'; rm -rf ~" },
      String.raw`--verb delete --resource pods --name 'x'\''; rm -rf ~' -n shop --for 10m`,
    ],
  ])('%j', (over, options) => {
    expect(askCommand({ ...DELETE, ...over })).toBe(`kubectl assent ask ${options} --reason "..."`);
  });
});
