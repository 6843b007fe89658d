import { describe, expect, it } from 'vitest';
import { anAccess } from '../../../test/builders/request-facts.ts';
import { accessTarget, accessText } from './asked.ts';

const rule = (apiGroups: string[], resources: string[], resourceNames?: string[]) => ({
  verbs: ['get', 'patch'],
  apiGroups,
  resources,
  ...(resourceNames && { resourceNames }),
});

describe('access in one line', () => {
  it.each([
    [
      { rules: [rule([''], ['pods', 'pods/exec'], ['a', 'b c'])] },
      String.raw`get,patch pods,pods/exec shop/a,b\u{20}c (run commands in pods)`,
    ],
    [{ rules: [rule(['apps'], ['deployments/scale'])] }, 'get,patch deployments.apps/scale shop/*'],
    [{ rules: [rule(['', 'apps'], ['x'])], namespaces: ['a', 'b'] }, 'get,patch x,x.apps a,b/*'],
    [
      { rules: [rule([''], ['pods']), rule(['apps'], ['deployments'])] },
      'get,patch pods shop/*; get,patch deployments.apps shop/*',
    ],
    [{ whole: true }, 'ClusterRole pod-fixer in shop'],
    [
      { whole: true, rules: [rule([''], ['pods']), rule([''], ['pods/attach'])] },
      'ClusterRole pod-fixer in shop (attach to pods)',
    ],
    [
      { rules: [rule([''], ['pods/attach', 'pods/exec', 'pods/portforward', 'services/proxy'])] },
      'get,patch pods/attach,pods/exec,pods/portforward,services/proxy shop/* (attach to pods, run commands in pods, forward ports of pods, send requests through services)',
    ],
    [{ rules: [rule([''], ['pods/log', 'pods/constructor'])] }, 'get,patch pods/log,pods/constructor shop/*'],
  ])('%j', (access, words) => expect(accessTarget(anAccess(access))).toBe(words));

  it('says how long and how often', () => {
    expect(accessText(anAccess())).toBe('access to delete pods shop/web-7, for one write within 10m');
    expect(accessText(anAccess({ once: false, seconds: 3_661 }))).toContain(', for 1h1m1s');
  });
});
