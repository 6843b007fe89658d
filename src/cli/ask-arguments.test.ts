import { describe, expect, it } from 'vitest';
import { parseCommand } from './arguments.ts';

const asked = (line: string): unknown => {
  const parsed = parseCommand(['ask', ...line.split(' ')]);
  return parsed.ok ? ('access' in parsed.command ? parsed.command.access : parsed.command) : parsed.message;
};
const NO_REASON = 'only marks the place of a reason: say why, the approver reads it; or leave it out';
const podsOf = { apiGroups: [''], resources: ['pods'] };

describe('what ask asks for', () => {
  it.each([
    [
      '--verb delete --resource pods --name web-7 -n shop --for 5m',
      {
        rules: [{ ...podsOf, resourceNames: ['web-7'], verbs: ['delete'] }],
        namespaces: ['shop'],
        seconds: 300,
      },
    ],
    [
      '--verb get --resource pods -n shop',
      { rules: [{ ...podsOf, verbs: ['get'] }], namespaces: ['shop'], seconds: 600 },
    ],
    [
      '--verb get,list --verb watch --resource pods,deployments.apps,deployments.apps/scale,pods/exec,x.y.example/z -n a,b --namespace c --several',
      {
        rules: [
          { apiGroups: [''], resources: ['pods', 'pods/exec'], verbs: ['get', 'list', 'watch'] },
          {
            apiGroups: ['apps'],
            resources: ['deployments', 'deployments/scale'],
            verbs: ['get', 'list', 'watch'],
          },
          { apiGroups: ['y.example'], resources: ['x/z'], verbs: ['get', 'list', 'watch'] },
        ],
        namespaces: ['a', 'b', 'c'],
        seconds: 600,
        once: false,
      },
    ],
    [
      '--role pod-fixer -n shop --once',
      { role: 'pod-fixer', whole: true, namespaces: ['shop'], seconds: 600, once: true },
    ],
    [
      '--role pod-fixer --verb get --resource pods -n shop --once=false',
      {
        role: 'pod-fixer',
        rules: [{ ...podsOf, verbs: ['get'] }],
        namespaces: ['shop'],
        seconds: 600,
        once: false,
      },
    ],
    [
      '--verb get --resource Pods,Deployments.Apps/Scale -n shop',
      {
        rules: [
          { ...podsOf, verbs: ['get'] },
          { apiGroups: ['apps'], resources: ['deployments/scale'], verbs: ['get'] },
        ],
        namespaces: ['shop'],
        seconds: 600,
      },
    ],
    ['--refusal - --for 1h', { verb: 'ask-from', text: '-', seconds: 3_600, reason: undefined }],
  ])('%s', (line, access) => expect(asked(line)).toEqual(access));

  it.each([
    ['-n shop', 'say what: --verb VERB --resource RESOURCE, or --role NAME'],
    ['--verb delete --resource pods', 'say where: -n NAMESPACE; nothing is granted outside a namespace'],
    [
      '--resource pods -n shop',
      'say which verb: --verb, one or more of get, list, watch, create, update, patch, delete',
    ],
    ['--verb get -n shop', 'say which resource: --resource, such as pods or deployments.apps/scale'],
    [
      '--role r --name x -n shop',
      'say which verb: --verb, one or more of get, list, watch, create, update, patch, delete',
    ],
    ['--role r -n shop --once --several', 'use --once or --several, not both'],
    ['--role r -n shop --for 0s', '--for is a duration such as 90s, 10m or 1h, at most 24h'],
    ['--role r -n shop --for -1s', '--for needs a value'],
    ['--role r -n shop --for 90000s', '--for is a duration such as 90s, 10m or 1h, at most 24h'],
    [
      '--refusal x --verb get',
      '--refusal says itself what to ask for; leave out --verb, --resource and --role',
    ],
    ['--role r -n shop --reason WHY', `--reason WHY ${NO_REASON}`],
    ['--role r -n shop --reason ...', `--reason ... ${NO_REASON}`],
    [
      'delete pod web-7 -n shop',
      'what to ask for stands in flags: kubectl assent ask --verb delete --resource pod --name web-7 -n NAMESPACE',
    ],
    [
      'delete pod/web-7',
      'what to ask for stands in flags: kubectl assent ask --verb delete --resource pod --name web-7 -n NAMESPACE',
    ],
    [
      'get pods',
      'what to ask for stands in flags: kubectl assent ask --verb get --resource pods -n NAMESPACE',
    ],
    ['delete', 'ask takes no name; what to ask for stands in flags: --verb, --resource, -n'],
    ['pods --verb get', 'ask takes no name; what to ask for stands in flags: --verb, --resource, -n'],
    ['--role r -n shop --yes', 'ask has no flag --yes'],
    ['--role r -n shop --timeout soon', '--timeout is a duration such as 90s, 15m or 1h'],
  ])('is not clear from: %s', (line, message) => expect(asked(line)).toBe(message));
});
