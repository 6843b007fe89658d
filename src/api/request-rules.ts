// What may become of an ApprovalRequest, as rules that the API server itself enforces on every write (INV-2, INV-8).
// They stand at the schema root: below `status` the patch {"status": null} walks around them (experiments.md 10).
import type { RequestState } from './approval-request.ts';

/** A rule of `x-kubernetes-validations`. `fieldPath` is what a refusal points at, relative to where the rule stands. */
export interface SchemaRule {
  readonly rule: string;
  readonly message: string;
  readonly messageExpression?: string;
  readonly fieldPath?: string;
}

/** Every legal step from one state to another. A state with no step is terminal. */
export const REQUEST_STEPS: Readonly<Record<RequestState, readonly RequestState[]>> = {
  Pending: ['Approved', 'Denied', 'Expired', 'Superseded', 'Withdrawn'],
  Approved: ['Reserved', 'Admitted', 'Expired', 'Superseded', 'Withdrawn', 'Ended'],
  Reserved: ['Admitted', 'Ended'],
  Admitted: [],
  Denied: [],
  Expired: [],
  Superseded: [],
  Withdrawn: [],
  Ended: [],
};

const steps = Object.entries(REQUEST_STEPS);
const quoted = (states: readonly string[]): string => `[${states.map((state) => `'${state}'`).join(', ')}]`;

/** States that nothing leaves. */
export const TERMINAL_STATES = steps.filter(([, next]) => next.length === 0).map(([state]) => state);

const allowedStep = steps
  .filter(([, next]) => next.length > 0)
  .map(([from, next]) => `(oldSelf.status.state == '${from}' && self.status.state in ${quoted(next)})`)
  .join(' || ');

// Holds once the old object has the field; so that the new one must have it too, and `relation` must hold between both.
const once = (field: string, relation = 'true'): string =>
  `!has(oldSelf.status) || !has(oldSelf.status.${field}) || (has(self.status) && has(self.status.${field}) && ${relation})`;

const neverLess = (field: string): string => once(field, `self.status.${field} >= oldSelf.status.${field}`);

const appendOnly = (field: string): string =>
  once(
    field,
    `self.status.${field}.size() >= oldSelf.status.${field}.size() && oldSelf.status.${field}.all(i, entry, self.status.${field}[i] == entry)`,
  );

/** `spec` is written once, whole. Nobody edits what was asked or decided. */
export const specOnce = (what: string): SchemaRule => ({
  rule: 'self.spec == oldSelf.spec',
  message: `${what} is written once: its spec never changes`,
  fieldPath: '.spec',
});

/** The transition rules of ApprovalRequest, in the order in which the reference lists them. */
export const REQUEST_RULES: readonly SchemaRule[] = [
  specOnce('a request'),
  {
    rule: '!has(oldSelf.status) || (has(self.status) && has(self.status.state))',
    message: 'a request never loses its status',
    fieldPath: '.status',
  },
  {
    rule: `!has(oldSelf.status) || !(oldSelf.status.state in ${quoted(TERMINAL_STATES)}) || self.status.state == oldSelf.status.state`,
    message: 'a finished request stays as it ended',
    messageExpression: "'a finished request stays as it ended: ' + oldSelf.status.state",
    fieldPath: '.status.state',
  },
  {
    rule: `!has(oldSelf.status) || oldSelf.status.state in ${quoted(TERMINAL_STATES)} || self.status.state == oldSelf.status.state || ${allowedStep}`,
    message: 'no such step between states',
    messageExpression: "'a request does not go from ' + oldSelf.status.state + ' to ' + self.status.state",
    fieldPath: '.status.state',
  },
  {
    rule: once('usableUntil', 'self.status.usableUntil <= oldSelf.status.usableUntil'),
    message: 'the end of an approval never moves later and is never taken away',
    fieldPath: '.status.usableUntil',
  },
  {
    rule: once('reservation'),
    message: 'the use of an approval is never taken back',
    fieldPath: '.status.reservation',
  },
  {
    rule: once('reservation', 'self.status.reservation.at >= oldSelf.status.reservation.at'),
    message: 'the time of a use never moves earlier',
    fieldPath: '.status.reservation.at',
  },
  {
    rule: once('reservation', 'self.status.reservation.times >= oldSelf.status.reservation.times'),
    message: 'the number of uses never decreases',
    fieldPath: '.status.reservation.times',
  },
  {
    rule: appendOnly('decisions'),
    message: 'counted decisions stay, in their order; new ones come after them',
    fieldPath: '.status.decisions',
  },
  {
    rule: appendOnly('outbox'),
    message: 'lines of the record stay, in their order; new ones come after them',
    fieldPath: '.status.outbox',
  },
  {
    rule: neverLess('recorded'),
    message: 'the number of recorded lines never decreases',
    fieldPath: '.status.recorded',
  },
  {
    rule: neverLess('attempts'),
    message: 'the number of attempts never decreases',
    fieldPath: '.status.attempts',
  },
];
