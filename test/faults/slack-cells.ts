// The click table of `make slack`: who clicks what, and whether a decision may come of it. Each account has one role for the
// whole run, so that every decision that is found can be traced to the cells that allow it.
import { ACTIONS } from '../../src/channels/slack/button-value.ts';
import { blockActions } from '../fake-slack/people/payloads.ts';
import type { Person, Place } from '../fake-slack/people/person.ts';
import { listOf, shapeOf, textOf, type Shape } from '../fake-slack/shapes.ts';
import { signedRequest } from '../fake-slack/wire/deliveries.ts';
import type { SlackSide, Transport } from '../builders/slack-side.ts';
import { RULES, type Rule } from './slack-world.ts';

/** Roles of accounts, with how many have each. `twin`: two accounts of one person. */
export const CAST = {
  right: 5,
  twin: 2,
  denier: 3,
  late: 1,
  forger: 2,
  curious: 1,
  powerless: 2,
  unlinked: 2,
  guest: 1,
  stranger: 1,
  owner: 1,
  refusingOwner: 1,
  agent: 1,
} as const;
export type Role = keyof typeof CAST;

/** Codes and kinds of answers that a role may read, besides those that everybody may. */
export const ANSWERS: Readonly<Record<Role, readonly string[]>> = {
  right: ['already-voted'],
  twin: ['already-voted'],
  denier: ['already-voted'],
  late: [],
  forger: ['other-change', 'unknown-request', 'foreign'],
  curious: ['details'],
  powerless: ['no-right'],
  unlinked: [],
  guest: ['not-a-member'],
  stranger: ['not-a-member'],
  owner: ['owner'],
  refusingOwner: [],
  agent: ['agent'],
};
/** The card is over, or nobody can say now: a limit of Slack, or a message that was sent this moment. */
export const ALWAYS: readonly string[] = [
  'already-decided',
  'withdrawn',
  'unavailable',
  'no-dialog',
  'not-noted',
];

/** One click to be made. */
export interface Press {
  readonly side: SlackSide;
  readonly person: Person;
  readonly place: Place;
  /** Unique in the run. */
  readonly id: string;
  /** metadata.uid of another request. */
  readonly neighbour: string;
}

/** One kind of click. */
export interface Cell {
  readonly name: string;
  readonly role: Role;
  /** Requests of which policies it is played on. */
  readonly rules: readonly Rule[];
  /** What may come of it. */
  readonly effect: 'Approve' | 'Deny' | 'nothing';
  /** Played once the request is decided. */
  readonly isLate?: boolean;
  /** Only where clicks come this way. */
  readonly by?: Transport;
  readonly press: (press: Press) => Promise<unknown>;
}

/** What stood there first: the client of whoever clicks has not heard of an edit. */
const FIRST = { revision: 0 };
const approve = ({ person, place }: Press) => person.click(place, 'Approve', FIRST);

/** Through the dialog, if it opens. */
async function deny({ person, place }: Press): Promise<void> {
  await person.click(place, 'Deny…', FIRST);
  if (person.dialog().includes('Deny request')) await person.submit({ preset: 'not-now', words: '' });
  await person.closeDialog();
}

/** Whoever is not known is asked who it is. */
const asked =
  (label: string) =>
  async ({ person, place }: Press): Promise<void> => {
    await person.click(place, label, FIRST);
    await person.closeDialog();
  };

/** The payload of a click on Approve, with another value behind the button where one is given. */
function payloadOf({ side, person, place, id }: Press, change = (value: string): string => value): Shape {
  const { slack, app } = side;
  const message = slack.world.message(place.channel, place.ts);
  const blocks = message?.revisions[0]?.blocks ?? [];
  for (const block of blocks)
    for (const element of listOf(block['elements']).map(shapeOf)) {
      if (message === undefined || element['action_id'] !== ACTIONS.approve) continue;
      const triggerId = `1.2.${id}`;
      slack.world.triggers.set(triggerId, { app, user: person.user.id, at: Date.now(), used: false });
      const scene = { world: slack.world, app, user: person.user };
      const pressed = { ...element, value: change(textOf(element['value'])) };
      return blockActions(scene, message, { block, element: pressed }, { triggerId, responseUrl: '' });
    }
  throw new Error(`there is no button in ${place.ts}`);
}

const forged =
  (change: (value: string, press: Press) => string) =>
  (press: Press): Promise<unknown> =>
    tell(
      press,
      payloadOf(press, (value) => change(value, press)),
    );

const tell = ({ side }: Press, payload: Shape) => side.slack.tell(side.app, { type: 'interactive', payload });

/** Posts a callback of the test's own making. */
function posted(press: Press, secret: string, at: number): Promise<Response> {
  const signed = signedRequest(secret, at, { type: 'interactive', payload: payloadOf(press) });
  return fetch(press.side.app.interactivityUrl, { method: 'POST', ...signed });
}

const parted = (value: string, index: number, part: string): string =>
  value
    .split(':')
    .map((one, place) => (place === index ? part : one))
    .join(':');

const nothing = { rules: RULES, effect: 'nothing' } as const;
const OWNED: readonly Rule[] = ['owned'];

/** The table. */
export const CELLS: readonly Cell[] = [
  { name: 'Approve', role: 'right', rules: RULES, effect: 'Approve', press: approve },
  {
    name: 'Approve, twice at once',
    role: 'right',
    rules: RULES,
    effect: 'Approve',
    press: (press) => Promise.all([approve(press), approve(press)]),
  },
  {
    name: 'Approve, one click told twice',
    role: 'right',
    rules: RULES,
    effect: 'Approve',
    press(press) {
      const payload = payloadOf(press);
      return Promise.all([tell(press, payload), tell(press, payload)]);
    },
  },
  {
    name: 'Approve, by two accounts of one person',
    role: 'twin',
    rules: RULES,
    effect: 'Approve',
    press: approve,
  },
  { name: 'Deny', role: 'denier', rules: RULES, effect: 'Deny', press: deny },
  { name: 'Approve of what is decided', role: 'late', ...nothing, isLate: true, press: approve },
  { name: 'Deny of what is decided', role: 'late', ...nothing, isLate: true, press: deny },
  {
    name: 'another digest',
    role: 'forger',
    ...nothing,
    press: forged((value) => parted(value, 3, '0'.repeat(16))),
  },
  {
    name: 'the digest of this request, the uid of another',
    role: 'forger',
    ...nothing,
    press: forged((value, { neighbour }) => parted(value, 2, neighbour)),
  },
  {
    name: 'the uid of no request',
    role: 'forger',
    ...nothing,
    press: forged((value) => parted(value, 2, '00000000-0000-0000-0000-000000000000')),
  },
  {
    name: 'another installation',
    role: 'forger',
    ...nothing,
    press: forged((value) => parted(value, 1, 'staging')),
  },
  { name: 'a value that nobody wrote', role: 'forger', ...nothing, press: forged(() => 'v1:prod') },
  {
    // A callback is signed with the secret of our own app.
    name: 'another app',
    role: 'forger',
    ...nothing,
    by: 'socket',
    press: (press) => tell(press, { ...payloadOf(press), api_app_id: 'A0ANOTHER' }),
  },
  {
    name: 'Details',
    role: 'curious',
    ...nothing,
    press: ({ person, place }) => person.click(place, 'Details', FIRST),
  },
  { name: 'without the right, Approve', role: 'powerless', ...nothing, press: approve },
  { name: 'without the right, Deny', role: 'powerless', ...nothing, press: deny },
  { name: 'an account that nobody linked, Approve', role: 'unlinked', ...nothing, press: asked('Approve') },
  { name: 'an account that nobody linked, Deny', role: 'unlinked', ...nothing, press: asked('Deny…') },
  { name: 'a guest, Approve', role: 'guest', ...nothing, press: approve },
  { name: 'a guest, Deny', role: 'guest', ...nothing, press: deny },
  { name: 'somebody of another workspace, Approve', role: 'stranger', ...nothing, press: approve },
  { name: 'the owner of the agent, Approve', role: 'owner', rules: OWNED, effect: 'nothing', press: approve },
  { name: 'the owner of the agent, Deny', role: 'refusingOwner', rules: OWNED, effect: 'Deny', press: deny },
  { name: 'an account of an agent, Approve', role: 'agent', ...nothing, press: approve },
  {
    name: 'signed by somebody else',
    role: 'forger',
    ...nothing,
    by: 'http',
    press: (press) => posted(press, 'f'.repeat(32), Date.now()),
  },
  {
    name: 'signed six minutes ago',
    role: 'forger',
    ...nothing,
    by: 'http',
    press: (press) => posted(press, press.side.app.signingSecret, Date.now() - 360_000),
  },
];

/** The cells that can be played on a request of this policy, where clicks come this way. */
export const cellsFor = (rule: Rule, transport: Transport): readonly Cell[] =>
  CELLS.filter(({ rules, by = transport }) => rules.includes(rule) && by === transport);
