import { describe, expect, it } from 'vitest';
import { requestState } from './approval-request.ts';
import { ADMISSION_POLICIES, OWN_USERS } from './installation.ts';
import { KINDS } from './kinds.ts';
import { ownKindsPolicies, type PolicyObject } from './own-kinds-policy.ts';
import { REQUEST_STEPS, TERMINAL_STATES } from './request-rules.ts';

const isPolicy = (object: PolicyObject) => object.kind === 'ValidatingAdmissionPolicy';
const variable = (objects: readonly PolicyObject[], policy: string, name: string) => {
  const found = objects.find((object) => isPolicy(object) && object.metadata.name === policy);
  const variables = found?.spec['variables'] as { name: string; expression: string }[];
  return variables.find((one) => one.name === name)?.expression;
};

describe('the admission policies for our own kinds', () => {
  it('each is bound, denies, and fails closed', () => {
    const objects = ownKindsPolicies({ ownUsers: OWN_USERS });
    const { frozen: _, ...own } = ADMISSION_POLICIES;
    const names = Object.values(own);
    expect(objects.filter(isPolicy).map((object) => object.metadata.name)).toEqual(names);
    for (const { spec } of objects.filter(isPolicy)) expect(spec).toMatchObject({ failurePolicy: 'Fail' });
    expect(objects.filter((object) => !isPolicy(object)).map((object) => object.spec)).toEqual(
      names.map((policyName) => ({ policyName, validationActions: ['Deny'] })),
    );
  });

  it('takes agents and our own users as they are given', () => {
    const objects = ownKindsPolicies({
      ownUsers: { gate: 'gate "x"', controller: 'c' },
      agentExpression: "request.userInfo.?username.orValue('') == 'bot'",
    });
    for (const policy of [ADMISSION_POLICIES.ownKinds, ADMISSION_POLICIES.ownApi]) {
      expect(variable(objects, policy, 'agent')).toBe("request.userInfo.?username.orValue('') == 'bot'");
      expect(variable(objects, policy, 'gate')).toBe(String.raw`variables.user == "gate \"x\""`);
    }
    expect(variable(ownKindsPolicies({ ownUsers: OWN_USERS }), ADMISSION_POLICIES.ownKinds, 'agent')).toBe(
      'false',
    );
  });

  it('never says the words at which Flux deletes and creates again', () => {
    const words = JSON.stringify([
      ownKindsPolicies({ ownUsers: OWN_USERS }),
      KINDS.map((kind) => kind.rules),
    ]);
    expect(words).not.toMatch(/immutable/i);
  });
});

describe('the steps of a request', () => {
  it('name every state, and end in the six terminal ones', () => {
    expect(Object.keys(REQUEST_STEPS)).toEqual(requestState.options);
    expect(TERMINAL_STATES).toEqual(['Admitted', 'Denied', 'Expired', 'Superseded', 'Withdrawn', 'Ended']);
  });
});
