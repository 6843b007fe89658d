// The people of `make slack`: an account for each role, linked to a user of the cluster as far as the role has one, and two
// people who decide by kubectl.
import type { Draws } from '../fake-slack/state/random.ts';
import type { Person } from '../fake-slack/people/person.ts';
import { OURS } from './races-cluster.ts';
import { CAST, type Role } from './slack-cells.ts';
import type { SlackWorld } from './slack-world.ts';

/** Everybody who clicks, and the kubeconfigs of those who do not. */
export interface People {
  readonly cast: Readonly<Record<Role, readonly Person[]>>;
  readonly deciders: readonly [string, string];
}

/** Roles whose users do not hold the verb `approve`. */
const POWERLESS: ReadonlySet<Role> = new Set(['powerless']);

/** Brings them in. */
export async function gathered(world: SlackWorld): Promise<People> {
  const { side } = world;
  const abroad = side.slack.addTeam();
  side.channel.connectedTeams.add(abroad.id);
  const cast: Partial<Record<Role, readonly Person[]>> = {};
  const enter = async (role: Role): Promise<void> => {
    const more = role === 'guest' ? { restricted: true } : role === 'stranger' ? { teamId: abroad.id } : {};
    const named = (_: unknown, index: number) => side.person(`${role}-${index}`.toLowerCase(), more);
    const persons = Array.from({ length: CAST[role] }, named);
    cast[role] = persons;
    if (role === 'unlinked') return;
    const names = persons.map(({ user }) => user.name);
    for (const { user } of persons) await world.link(await world.user(user.name, !POWERLESS.has(role)), user);
    // Two accounts, one person; the owner and the one who refuses are both called olga.
    if (role === 'twin') await world.person('twin', names);
    else if (role !== 'owner' && role !== 'refusingOwner')
      for (const name of names) await world.person(name, [name]);
  };
  await Promise.all((Object.keys(CAST) as Role[]).map(enter));
  await world.person('olga', ['owner-0', 'refusingowner-0']);
  const deciders = [await world.user('dora'), await world.user('dirk')] as const;
  for (const name of ['dora', 'dirk']) await world.person(name, [name]);
  await nameAgents(world, cast.agent ?? []);
  return { cast: cast as People['cast'], deciders };
}

/** A policy that names users of people as agents. */
async function nameAgents(world: SlackWorld, persons: readonly Person[]): Promise<void> {
  const { cluster } = world;
  const spec = {
    agents: persons.map(({ user }) => ({ user: user.name })),
    match: { rules: [{ apiGroups: [''], resources: ['secrets'], operations: ['DELETE'] }] },
  };
  const body = {
    apiVersion: 'assent.dev/v1alpha1',
    kind: 'ApprovalPolicy',
    metadata: { name: 'humans' },
    spec,
  };
  await world.until('the policy about humans to be taken', async () => {
    const who = cluster.plane.adminKubeconfig;
    const { status } = await cluster.send({ who, method: 'POST', path: `${OURS}/approvalpolicies`, body });
    return status === 201 || status === 409;
  });
}

/** One of the accounts of a role. */
export const oneOf = ({ cast }: People, role: Role, draws: Draws): Person =>
  cast[role][draws.below(cast[role].length)]!;
