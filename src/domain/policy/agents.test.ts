import { describe, expect, it } from 'vitest';
import type { PolicyAgent } from '../../api/approval-policy.ts';
import { aPolicySpec } from '../../../test/builders/policies.ts';
import { isAgent } from './agents.ts';

/** Past the schema, which refuses some of these: what is read must hold by itself. */
const agents = (...all: PolicyAgent[]) => ({ ...aPolicySpec(), agents: all });
const user = (username: string, ...groups: string[]) => ({ username, groups });

describe('isAgent', () => {
  it.each<[string, ReturnType<typeof aPolicySpec>, ReturnType<typeof user>, boolean]>([
    ['a ServiceAccount by name', agents({ serviceAccount: 'a/b' }), user('system:serviceaccount:a:b'), true],
    ['another name', agents({ serviceAccount: 'a/b' }), user('system:serviceaccount:a:bb'), false],
    ['another namespace', agents({ serviceAccount: 'a/b' }), user('system:serviceaccount:aa:b'), false],
    ['any name in a namespace', agents({ serviceAccount: 'a/*' }), user('system:serviceaccount:a:x'), true],
    ['part of a name', agents({ serviceAccount: 'a/*-bot' }), user('system:serviceaccount:a:x-bot'), true],
    [
      'a star that stands for nothing',
      agents({ serviceAccount: 'a*/b' }),
      user('system:serviceaccount:a:b'),
      true,
    ],
    [
      'no crossing into the other half',
      agents({ serviceAccount: 'a*/b' }),
      user('system:serviceaccount:a:x:b'),
      false,
    ],
    ['no slash in a half', agents({ serviceAccount: 'a/*' }), user('system:serviceaccount:a:x/y'), false],
    [
      'an empty half of the user name',
      agents({ serviceAccount: 'a/*' }),
      user('system:serviceaccount:a:'),
      false,
    ],
    [
      'a blank half of the user name',
      agents({ serviceAccount: 'a/*' }),
      user('system:serviceaccount:a: '),
      false,
    ],
    [
      'a user that merely looks like it',
      agents({ serviceAccount: 'a/b' }),
      user('xsystem:serviceaccount:a:b'),
      false,
    ],
    ['a user', agents({ user: 'bot@example.com' }), user('bot@example.com'), true],
    ['a user glob', agents({ user: '*@bots.example.com' }), user('x@bots.example.com'), true],
    ['a dot is only a dot', agents({ user: 'a.b*' }), user('aXb'), false],
    ['case counts', agents({ user: 'Bot' }), user('bot'), false],
    ['a group', agents({ group: 'assent:agents' }), user('x', 'g', 'assent:agents'), true],
    ['a group glob', agents({ group: 'agents:*' }), user('x', 'agents:ci'), true],
    ['another group', agents({ group: 'agents' }), user('x', 'agents2'), false],
    ['T42: an empty user name', agents({ user: '*' }), user(''), false],
    ['T42: a blank user name', agents({ user: '*' }), user(' \t\n'), false],
    ['T42: an empty group', agents({ group: '*' }), user('x', ''), false],
    ['T42: a blank group', agents({ group: '*' }), user('x', ' '), false],
    ['an empty user name with a group of agents', agents({ group: 'g' }), user('', 'g'), true],
    ['T42: a blank pattern', agents({ user: ' ' }), user(' '), false],
    [
      'a ServiceAccount without a slash',
      agents({ serviceAccount: 'b' }),
      user('system:serviceaccount:b:b'),
      false,
    ],
    [
      'a ServiceAccount with two slashes',
      agents({ serviceAccount: 'a/b/c' }),
      user('system:serviceaccount:a:b/c'),
      false,
    ],
    ['a line break inside a glob', agents({ user: 'a*b' }), user('a\nb'), true],
    [
      'the API server by its group',
      agents({ group: 'system:masters' }),
      user('system:apiserver', 'system:masters'),
      false,
    ],
    ['a person of that group', agents({ group: 'system:masters' }), user('root', 'system:masters'), true],
    ['the second of several', agents({ user: 'a' }, { group: 'g' }), user('b', 'g'), true],
  ])('%s', (_name, spec, who, expected) => {
    expect(isAgent(spec, who) !== undefined).toBe(expected);
  });

  it('collects the owners of every entry that matches, sorted', () => {
    const spec = agents(
      { serviceAccount: 'a/b', owners: ['zoe', 'amy'] },
      { group: 'g', owners: ['amy', 'ben'] },
      { user: 'other', owners: ['eve'] },
    );
    expect(isAgent(spec, user('system:serviceaccount:a:b', 'g'))).toEqual({ owners: ['amy', 'ben', 'zoe'] });
  });
});
