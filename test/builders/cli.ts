// The CLI's cluster and terminal for unit tests: requests in memory, lines in a list, a person who types what the test says.
import type { ApprovalDecisionSpec } from '../../src/api/approval-decision.ts';
import type { ApprovalRequest, ApprovalRequestStatus } from '../../src/api/approval-request.ts';
import type { IdentityLink } from '../../src/api/identity-link.ts';
import type { AskSpec, CliApi } from '../../src/cli/api.ts';
import type { Screen } from '../../src/cli/screen.ts';
import { aClusterOf } from './doctor-facts.ts';
import { anAccess, asksFor, aSpec, T0 } from './request-facts.ts';

/** A request as the API server returns it. */
export const aStoredRequest = (
  name: string,
  spec: Parameters<typeof aSpec>[0] = {},
  status?: ApprovalRequestStatus,
): ApprovalRequest => ({
  apiVersion: 'assent.dev/v1alpha1',
  kind: 'ApprovalRequest',
  metadata: { name, uid: `uid-of-${name}`, resourceVersion: '1', creationTimestamp: '2026-11-22T10:05:00Z' },
  spec: aSpec(spec),
  ...(status ? { status } : {}),
});

/** A link that waits for its account. */
export const A_LINK: IdentityLink = {
  apiVersion: 'assent.dev/v1alpha1',
  kind: 'IdentityLink',
  metadata: { name: 'slack-1', uid: 'link-uid', resourceVersion: '1' },
  spec: { channel: 'slack', code: `sha256:${'0'.repeat(64)}` },
};

/** A cluster that holds `requests` and keeps the decisions that it is sent; `after` is what a wait ends with. */
export function aFakeApi(
  requests: readonly ApprovalRequest[],
  after?: ApprovalRequest,
  linked?: IdentityLink,
): CliApi & { sent: ApprovalDecisionSpec[]; made: IdentityLink[]; asked: AskSpec[] } {
  const made: IdentityLink[] = [];
  const sent: ApprovalDecisionSpec[] = [];
  const asked: AskSpec[] = [];
  const get = (name: string) => Promise.resolve(requests.find((one) => one.metadata.name === name));
  return {
    sent,
    made,
    asked,
    server: 'https://cluster.example:6443',
    list: () => Promise.resolve([...requests]),
    get,
    decide(spec) {
      sent.push(spec);
      const metadata = { name: 'decision', uid: 'decision-uid', resourceVersion: '1' };
      return Promise.resolve({
        apiVersion: 'assent.dev/v1alpha1',
        kind: 'ApprovalDecision' as const,
        metadata,
        spec,
      });
    },
    freeze: (name, spec) =>
      Promise.resolve({
        apiVersion: 'assent.dev/v1alpha1',
        kind: 'AgentFreeze' as const,
        metadata: { name, uid: 'freeze-uid', resourceVersion: '1' },
        spec,
      }),
    freezes: () => Promise.resolve([]),
    unfreeze: () => Promise.resolve(),
    served: () => Promise.resolve({ resources: [], stale: [] }),
    facts: (namespace, now) => Promise.resolve(aClusterOf({}, { namespace, now })),
    ask(spec) {
      asked.push(spec);
      return Promise.resolve(aStoredRequest('ask-1', asksFor(anAccess(spec.access))));
    },
    waitFor: (name) => (after ? Promise.resolve(after) : get(name)),
    link(name, spec) {
      made.push({ ...A_LINK, metadata: { name, uid: 'link-uid', resourceVersion: '1' }, spec });
      return Promise.resolve(made.at(-1) ?? A_LINK);
    },
    waitForLink: () => Promise.resolve(linked && { ...made[0], ...linked }),
    close: () => Promise.resolve(),
  };
}

/** A terminal; `typed` is what the person answers, undefined when there is no terminal. */
export function aFakeScreen(typed?: string): Screen & { lines: string[]; errors: string[]; asked: string[] } {
  const [lines, errors, asked]: [string[], string[], string[]] = [[], [], []];
  return {
    lines,
    errors,
    asked,
    out: (text) => void lines.push(text),
    error: (text) => void errors.push(text),
    ask(question) {
      asked.push(question);
      return Promise.resolve(typed);
    },
    now: () => T0,
  };
}
