// A row of gitops.md as a script: what a client does, what people do, and at the end the requests that it cost. Scripts
// are played one after another on one stage, each with objects of its own.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalRequest, RequestState } from '../../src/api/approval-request.ts';
import { requestIn } from '../controlplane/assent.ts';
import { waitFor } from '../controlplane/cluster.ts';
import { collectionOf, objectsOf, pathOf, type Commit, type Manifest } from './manifests.ts';
import { newRequests, since, tallyOf, untilStates, type Namespace, type Stage, type Tally } from './stage.ts';
import type { Live } from './wire.ts';

/** How a run of a client ended. */
export interface Outcome {
  readonly ok: boolean;
  /** Everything that the client would show, refusals with their line breaks. */
  readonly message: string;
}

/** One step of a script. */
export type Step<P> = (player: P) => Promise<void>;

/** One row, or a part of one. */
export interface Script<P> {
  /** Section of gitops.md and the row, such as `3 drift`. */
  readonly row: string;
  readonly what: string;
  /** Where the objects are. Default `team`: only the RoleBinding is asked about. */
  readonly namespace?: Namespace;
  readonly steps: readonly Step<P>[];
  /** How the requests ended that the script opened, oldest first: Admitted or Reserved ones cost one approval each. */
  readonly requests: readonly RequestState[];
}

/** Plays the steps that every client knows. Each client adds its own runs. */
export abstract class Player {
  readonly stage: Stage;
  /** What the branch says now. */
  commit: Commit;
  /** The last run. */
  last: Outcome = { ok: true, message: '' };
  /** What the gate was asked during the last run. */
  asked: Tally = {};
  private readonly known: ReadonlySet<string>;

  constructor(stage: Stage, commit: Commit, known: ReadonlySet<string>) {
    this.stage = stage;
    this.commit = commit;
    this.known = known;
  }

  /** Lets the client do something; keeps how it ended and what the gate was asked. */
  async watch(run: () => Promise<Outcome>): Promise<Outcome> {
    const before = await tallyOf(this.stage.assent);
    this.last = await run();
    this.asked = since(before, await tallyOf(this.stage.assent));
    return this.last;
  }

  /** The object of a kind, of the commit. */
  manifest(kind: Manifest['kind']): Manifest {
    const found = objectsOf(this.commit).find((one) => one.kind === kind);
    if (found === undefined) throw new Error(`the commit has no ${kind}`);
    return found;
  }

  /** What is stored of an object of the commit; undefined when it is not there. */
  async stored(kind: Manifest['kind']): Promise<Live | undefined> {
    const { assent } = this.stage;
    const { status, json } = await assent.send(
      assent.plane.adminKubeconfig,
      'GET',
      pathOf(this.manifest(kind)),
    );
    return status === 404 ? undefined : (json as Live);
  }

  /** Requests of this script, oldest first. */
  requests(): Promise<ApprovalRequest[]> {
    return newRequests(this.stage.assent, this.known);
  }

  /** States of the requests of this script, oldest first; the controller may be a moment behind. */
  states(wanted: readonly RequestState[]): Promise<readonly RequestState[]> {
    return untilStates(this.stage.assent, this.known, wanted);
  }
}

/** The branch gets a new commit. */
export const commit =
  (change: Partial<Commit>): Step<Player> =>
  (player) => {
    player.commit = { ...player.commit, ...change };
    return Promise.resolve();
  };

/** The person approves the oldest request that is still pending. */
export const approve: Step<Player> = async (player) => {
  const { assent, approver } = player.stage;
  const name = await pendingOf(player);
  const decision = await assent.decide(approver, name);
  expect(decision.status, `answered: ${decision.message}`).toBe(201);
  await assent.untilState(name, 'Approved');
};

/** The person refuses the oldest request that is still pending, with a reason. */
export const refuse =
  (reason: string): Step<Player> =>
  async (player) => {
    const { assent, approver } = player.stage;
    const name = await pendingOf(player);
    expect((await assent.decide(approver, name, 'Deny', reason)).status).toBe(201);
    await assent.untilState(name, 'Denied');
  };

async function pendingOf(player: Player): Promise<string> {
  const pending = (await player.requests()).find(({ status }) => (status?.state ?? 'Pending') === 'Pending');
  const name = pending?.metadata.name ?? '';
  expect(name, 'a request waits').not.toBe('');
  return name;
}

/** A person, whom no policy names, changes an object of the commit. */
export const personPatches =
  (kind: Manifest['kind'], body: object): Step<Player> =>
  async (player) => {
    const path = `${pathOf(player.manifest(kind))}?fieldManager=kubectl-edit`;
    await player.stage.assent.admin('PATCH', path, body, 'application/merge-patch+json');
  };

/** A person creates an object of the commit. */
export const personCreates =
  (kind: Manifest['kind']): Step<Player> =>
  async (player) => {
    const manifest = player.manifest(kind);
    await player.stage.assent.admin('POST', collectionOf(manifest), manifest);
  };

/** What a person finds stored. */
export const finds =
  (kind: Manifest['kind'], wanted: object): Step<Player> =>
  async (player) =>
    expect(await player.stored(kind)).toMatchObject(wanted);

/** An object of the commit is not stored. */
export const isMissing =
  (...kinds: Manifest['kind'][]): Step<Player> =>
  async (player) => {
    for (const kind of kinds) expect(await player.stored(kind), kind).toBeUndefined();
  };

/** The last run ended well, and what the gate was asked meanwhile was exactly this. */
export const wasAsked =
  (tally: Tally): Step<Player> =>
  (player) => {
    expect(player.asked).toEqual(tally);
    return Promise.resolve();
  };

/** The last run's refusal names a request, which waits. */
export const namesItsRequest: Step<Player> = async (player) => {
  const names = (await player.requests()).map(({ metadata }) => metadata.name);
  expect(names).toContain(requestIn(player.last.message));
};

/** Waits until the request that was made first has ended so. */
export const firstIs =
  (state: RequestState): Step<Player> =>
  async (player) => {
    await waitFor(async () => (await player.requests())[0]?.status?.state === state, {
      what: `the first request to be ${state}`,
    });
  };

/**
 * Registers one test for each script.
 * @param start starts the stage, once
 * @param enter makes the player of one script
 */
export function playAll<P extends Player>(
  scripts: readonly Script<P>[],
  start: () => Promise<Stage>,
  enter: (stage: Stage, commit: Commit, known: ReadonlySet<string>, script: Script<P>) => P,
): void {
  let stage: Stage;
  beforeAll(async () => {
    stage = await start();
  });
  afterAll(() => stage.assent.stop());

  describe('scripts', () => {
    for (const [i, script] of scripts.entries()) {
      const { row, what, namespace = 'team', steps, requests } = script;
      it(`${row}: ${what}`, async () => {
        const known = new Set((await stage.assent.requests()).map(({ metadata }) => metadata.name));
        const player = enter(stage, { namespace, name: `app-${i + 1}` }, known, script);
        for (const step of steps) await step(player);
        expect(await player.states(requests)).toEqual(requests);
      });
    }
  });
}
