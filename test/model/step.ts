// What can happen next: a step, its name, and how to say it.
import type { World } from './world.ts';

/** Every kind of step, with what it stands for. The page docs/reference/protocol.md carries this table. */
export const STEPS = {
  send: 'The agent sends the change; the API server reads the object and asks one of two gates.',
  'gate goes on': 'The gate gets the reply to its next call, or to any of those that it makes side by side.',
  store: 'The API server stores an admitted change, or finds a conflict and asks again with a fresh uid.',
  'fail closed': 'The API server, whose connection to the gate is lost, denies.',
  'ask again': 'The API server sends the same review to the other gate: a duplicate.',
  'controller looks':
    'The controller begins to look at a request, with what it remembers and its caches hold now.',
  'controller goes on': 'The controller makes its next call, and gets the reply.',
  approve: 'A person approves: the stamp judges it and seals it.',
  deny: 'A person denies, perhaps after having approved.',
  wait: 'Time passes: webhooks time out after 10 s, API requests die after 34 s, windows and approvals end.',
  'gate crashes': 'A gate dies with everything that it was doing.',
  'controller crashes': 'The controller dies in the middle of a look.',
  'connection lost': 'The API server loses the gate while the gate goes on: its write may still land.',
  'call fails': 'A call of a gate fails before it had an effect.',
  'reply lost': 'A write of a gate lands, and the gate is told that it failed.',
  'refused after us': 'A sibling webhook or a quota refuses what the gate has admitted.',
  'gate is late': 'Time passes, and a gate goes on beyond its own deadline: its write lands late.',
  touch: 'Somebody else writes another field of the object.',
  revert: 'Somebody else undoes the change.',
  replace: 'Somebody else deletes the object and makes another one of that name.',
  'decision deleted': 'A decision is deleted.',
  'attempts flushed': 'A gate begins to write down denied attempts, in competition with everybody else.',
} as const;

export type StepName = keyof typeof STEPS;

/** What a step acts on. Numbers are places in the lists of the state that it starts from. */
export interface On {
  readonly gate?: 1 | 2;
  /** Id of an API request. */
  readonly flight?: string;
  readonly answering?: number;
  /** Which of the calls that this gate waits for, from the first that it has made. */
  readonly call?: number;
  readonly looking?: number;
  readonly request?: number;
  readonly decision?: number;
  /** The controller does not know the newest decision yet. */
  readonly isLate?: boolean;
}

/** One thing that can happen in a state. */
export interface Step {
  readonly name: StepName;
  /** Tells the steps of one state apart, and says what happens. */
  readonly text: string;
  readonly on: On;
  readonly to: World;
  /** What has come about, for the count of what was seen. */
  readonly seen?: readonly string[];
  /** The rule that this step breaks. */
  readonly broken?: string | undefined;
}
