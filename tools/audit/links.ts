// Whose a click in a chat was, from the log alone: the one who made the link that held the account when the click was told.
// Only the controller tells of clicks; whoever else says so has decided himself, and is judged as himself (INV-3).
import type { Deed } from './deed.ts';
import { at, text } from './value.ts';

/** The controller's account. Written here once more: nothing of src/ may repeat its mistakes here. */
export const CONTROLLER = 'system:serviceaccount:assent-system:assent-controller';

/** A link between a person and an account, as the log has it. Times are microseconds. */
interface Link {
  readonly by: Deed['actor'];
  /** Workspace and user, once the account typed the code. */
  readonly account: string;
  readonly from: number;
  readonly to: number;
}

/** Workspace and user; '' where one of them is missing. */
function accountIn(value: unknown): string {
  const [team, user] = [text(value, 'team'), text(value, 'user')];
  return team === '' || user === '' ? '' : `${team}/${user}`;
}

function linkOf(made: Deed, later: readonly Deed[]): Link[] {
  const linked = later.find(
    ({ actor, target, body }) =>
      target.subresource === 'status' &&
      actor.username === CONTROLLER &&
      accountIn(at(body, 'status', 'account')) !== '',
  );
  if (!linked) return [];
  const gone = later.find(({ operation }) => operation === 'DELETE');
  const account = accountIn(at(linked.body, 'status', 'account'));
  return [
    { by: made.actor, account, from: linked.received, to: gone?.completed ?? Number.POSITIVE_INFINITY },
  ];
}

/** @param done deeds that succeeded, in order of completion */
export function clickers(done: readonly Deed[]): (decision: Deed) => Deed['actor'] {
  const writes = done.filter(
    ({ target }) => target.group === 'assent.dev' && target.resource === 'identitylinks',
  );
  const links = writes.flatMap((made, index) =>
    made.operation === 'CREATE' && made.target.subresource === ''
      ? linkOf(
          made,
          writes.slice(index + 1).filter(({ target }) => target.name === made.target.name),
        )
      : [],
  );
  return (decision) => {
    const account = accountIn(at(decision.body, 'spec', 'via'));
    if (account === '' || decision.actor.username !== CONTROLLER) return decision.actor;
    const [owner, ...others] = links.filter(
      (link) => link.account === account && link.from <= decision.completed && link.to > decision.received,
    );
    const isOne = others.every(({ by }) => by.username === owner?.by.username);
    return owner && isOne ? owner.by : decision.actor;
  };
}
