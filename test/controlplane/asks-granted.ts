// What comes of an ask that was accepted: a person approves it, and what the API server says that the requester may do differs from
// before by exactly what the agent wrote, in its namespaces and in no other, until it is taken back (INV-4).
import type { ApprovalRequest } from '../../src/api/approval-request.ts';
import { ROLES, type Asker, type AsksStage } from './asks-stage.ts';
import { differenceOf, type Rights, type Rule } from './asks-rights.ts';
import { waitFor } from './cluster.ts';
import { rights } from './grants-stage.ts';

const PATIENCE_MS = 15_000;

/** An ask that was accepted. */
export interface Accepted {
  readonly who: Asker;
  readonly request: ApprovalRequest;
  /** As the agent wrote it. */
  readonly rules: readonly Rule[];
  readonly namespaces: readonly string[];
}

interface Written {
  readonly spec: {
    readonly access: {
      readonly role?: string;
      readonly rules?: readonly Rule[];
      readonly namespaces: readonly string[];
    };
  };
}

/** The stage, with each ask that is accepted and stored noted in a list. */
export function noted(stage: AsksStage, into: Accepted[]): AsksStage {
  return {
    ...stage,
    async ask(who, body, query = '') {
      const answer = await stage.ask(who, body, query);
      if (answer.status === 201 && !query.includes('dryRun')) {
        const {
          role = '',
          rules = ROLES[role] as readonly Rule[],
          namespaces,
        } = (body as Written).spec.access;
        into.push({ who, request: answer.json as ApprovalRequest, rules, namespaces });
      }
      return answer;
    },
  };
}

/**
 * Approves an ask, compares, takes it back, compares again.
 * @returns what is not as it should be
 */
export async function granted(stage: AsksStage, accepted: Accepted): Promise<string | undefined> {
  const { assent, approver } = stage;
  const { name } = accepted.request.metadata;
  return complaintOf(async () => {
    const before = await rightsOf(stage, accepted.who);
    const approved = await assent.decide(approver, name);
    if (approved.status !== 201) throw new Error(`nobody could approve it: ${approved.message}`);
    await isGranted(stage, name);
    const now = () => rightsOf(stage, accepted.who);
    await agree(async () => differenceOf(before, await now(), askedBy(accepted)), 'granted');
    await takeBack(stage, name);
    await agree(async () => differenceOf(before, await now(), new Map()), 'after the end');
  });
}

/**
 * The same for what stands already: it is taken back, and with it goes exactly the ask.
 * @returns what is not as it should be
 */
export function takenBack(stage: AsksStage, accepted: Accepted): Promise<string | undefined> {
  return complaintOf(async () => {
    const { name } = accepted.request.metadata;
    await isGranted(stage, name);
    const standing = await rightsOf(stage, accepted.who);
    await takeBack(stage, name);
    const now = () => rightsOf(stage, accepted.who);
    await agree(async () => differenceOf(await now(), standing, askedBy(accepted)), 'before the end');
  });
}

async function complaintOf(judge: () => Promise<void>): Promise<string | undefined> {
  try {
    await judge();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const isGranted = ({ assent }: AsksStage, name: string) =>
  waitFor(
    async () => (await assent.request(name)).status?.grant?.createdAt !== undefined,
    waitingFor('the grant'),
  );

async function takeBack({ assent, approver }: AsksStage, name: string): Promise<void> {
  const { status, message } = await assent.decide(approver, name, 'Revoke');
  if (status !== 201) throw new Error(`nobody could take it back: ${message}`);
  await assent.untilState(name, 'Ended');
}

const askedBy = ({ namespaces, rules }: Accepted): Rights =>
  new Map(namespaces.map((namespace) => [namespace, rules]));

const waitingFor = (what: string) => ({ what, timeoutMs: PATIENCE_MS });

/** The API server's own caches of roles and bindings are a moment late. */
const agree = (differs: () => Promise<readonly string[]>, when: string) =>
  waitFor(
    async () => {
      const words = await differs();
      if (words.length > 0) throw new Error(words.join(', '));
      return true;
    },
    waitingFor(`exactly the ask to be allowed, ${when}`),
  );

/** What somebody may do, in every namespace that there is. */
async function rightsOf(stage: AsksStage, who: Asker): Promise<Rights> {
  const { assent } = stage;
  const agent = stage.as(who);
  const { json } = await assent.admin('GET', '/api/v1/namespaces');
  const { items } = json as { items: { metadata: { name: string } }[] };
  const found = await Promise.all(
    items.map(async ({ metadata: { name } }): Promise<[string, Rule[]]> => {
      const rules = await rights({ assent, agent }, name);
      return [name, rules.map((rule) => JSON.parse(rule) as Rule)];
    }),
  );
  return new Map(found);
}
