// Ways to break the protocol, as edits of the code itself. The explorer must catch each of them; an edit whose text is no
// longer in the file fails loudly.
import type { Scope } from './scopes.ts';

/** One edit of a file of src. */
export interface Edit {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** A broken protocol, and where it shows. */
export interface Mutation {
  readonly name: string;
  readonly edits: readonly Edit[];
  /** The promise that breaks. */
  readonly breaks: 'INV-2' | 'INV-7' | 'INV-8';
  readonly scope: Scope;
}

const JUDGE = 'src/domain/request/reserve.ts';
const GATE = 'src/gate/reserve.ts';
const GROUNDS = 'src/gate/grounds.ts';
const STATES = 'src/domain/request/transition.ts';

const use = { from: 'approved', sends: 2, approvals: 1, says: 2, trouble: 1, times: [0, 30, 60] } as const;
const race = { ...use, times: [0] };
const open = { ...use, from: 'open', sends: 0, trouble: 0, times: [0, 30, 60, 90] } as const;

/** The five that `make model` lists. */
export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'a reservation without compare-and-swap',
    edits: [
      {
        file: GATE,
        from: 'const written = await this.api.replaceStatus({ ...request, status }, signal);',
        to: `const fresh = (await this.api.getRequest(request.metadata.name, signal)) ?? request;
    const written = await this.api.replaceStatus({ ...request, metadata: fresh.metadata, status }, signal);`,
      },
    ],
    breaks: 'INV-2',
    scope: { ...race, kind: 'token' },
  },
  {
    name: 'a window without end',
    edits: [{ file: JUDGE, from: 'WINDOW_MS = 40_000;', to: 'WINDOW_MS = 40_000_000;' }],
    breaks: 'INV-2',
    scope: { ...use, kind: 'update' },
  },
  {
    name: 'a release without proof that nothing happened',
    edits: [
      {
        file: JUDGE,
        from: "return use.objectVersion !== '' && use.objectVersion === reservation.objectVersion;",
        to: 'return true;',
      },
    ],
    breaks: 'INV-2',
    scope: { ...use, kind: 'update' },
  },
  {
    name: 'a recount that is skipped',
    edits: [
      {
        file: GATE,
        from: "if (objection !== undefined) return { kind: 'not-usable', why: objection };",
        to: '',
      },
    ],
    breaks: 'INV-7',
    scope: { ...race, kind: 'delete' },
  },
  {
    name: 'a finished request that is opened again',
    edits: [
      {
        file: STATES,
        from: "const isApproved = state === 'Pending' &&",
        to: "const isApproved = (state === 'Pending' || state === 'Expired') &&",
      },
      { file: 'src/api/request-rules.ts', from: 'Expired: [],', to: "Expired: ['Approved']," },
    ],
    breaks: 'INV-8',
    scope: { ...open, kind: 'evict' },
  },
];

/** More of them, for the tests. */
export const FURTHER: readonly Mutation[] = [
  {
    name: 'what was read ahead counts for any version of the request',
    edits: [{ file: GROUNDS, from: 'ahead.version === version &&', to: '' }],
    breaks: 'INV-7',
    scope: { ...open, sends: 1, trouble: 1, kind: 'update', times: [0] },
  },
  {
    name: 'a failed read ahead is made up for later',
    edits: [
      {
        file: GROUNDS,
        from: 'return { ...standing, grounds: await readGrounds(standing, ports) };',
        to: 'return readGrounds(standing, ports).then((grounds) => ({ ...standing, grounds }), () => undefined);',
      },
    ],
    breaks: 'INV-7',
    scope: { ...race, kind: 'evict' },
  },
  {
    name: 'an answer before what is read ahead is known',
    edits: [{ file: GROUNDS, from: 'await Promise.allSettled(promises);', to: '' }],
    breaks: 'INV-7',
    scope: { ...race, kind: 'update' },
  },
  {
    name: 'another review of a burnt approval is allowed again',
    edits: [{ file: JUDGE, from: 'if (use.review === reservation.review) return true;', to: 'return true;' }],
    breaks: 'INV-2',
    scope: { ...race, kind: 'connect' },
  },
  {
    name: 'another object of that name is allowed again',
    edits: [
      {
        file: JUDGE,
        from: 'return !BURNT.has(use.kind) && use.objectUid === reservation.objectUid;',
        to: 'return !BURNT.has(use.kind);',
      },
      // The fingerprint holds the uid as well; only without either is the other object taken for the first.
      {
        file: 'src/domain/change/fingerprint.ts',
        from: 'objectUid: subject.objectUid,',
        to: '',
      },
    ],
    breaks: 'INV-2',
    scope: { ...race, kind: 'scale' },
  },
  {
    name: 'a lost race admits',
    edits: [
      {
        file: GATE,
        from: ": { kind: 'moved' };",
        to: ": { kind: 'admitted', request, again: false };",
      },
    ],
    breaks: 'INV-2',
    scope: { ...race, kind: 'create', trouble: 2 },
  },
  {
    name: 'a failed write admits',
    edits: [
      {
        file: GATE,
        from: 'const written = await this.api.replaceStatus({ ...request, status }, signal);',
        to: 'const written = await this.api.replaceStatus({ ...request, status }, signal).catch(() => request);',
      },
    ],
    breaks: 'INV-7',
    scope: { ...race, kind: 'portforward' },
  },
  {
    name: 'an end that moves later with each look',
    edits: [
      {
        file: STATES,
        from: 'if (!isApproved || !hasRoom(status, 3)) return status;',
        to: "if (state === 'Approved') return { ...status, usableUntil: deadline(step.now + 80_000) };\n  if (!isApproved || count.decidedAt === undefined) return status;",
      },
    ],
    breaks: 'INV-8',
    scope: { ...use, kind: 'update', sends: 0 },
  },
];
