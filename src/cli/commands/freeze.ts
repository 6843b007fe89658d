// `freeze` and `unfreeze`: the kill switch. A freeze takes hold at once at the gate, and within seconds for all that no
// policy names; it lasts until somebody who may delete it says `unfreeze`.
import { createHash } from 'node:crypto';
import type { AgentFreezeSpec } from '../../api/agent-freeze.ts';
import { visible } from '../../domain/message/plain-text.ts';
import { refusalIn } from '../../domain/message/refusal.ts';
import { ApiError, isAlreadyExists } from '../../kube/errors.ts';
import type { CliApi } from '../api.ts';
import type { Command } from '../arguments.ts';
import { isData, objectData } from '../data.ts';
import { unanswered } from '../failure.ts';
import { EXIT, type Screen } from '../screen.ts';

type Named = Pick<AgentFreezeSpec, 'serviceAccount' | 'user' | 'group'>;
type Freeze = Extract<Command, { verb: 'freeze' | 'unfreeze' }>;

/** Freezes an agent. */
export async function freeze(command: Freeze, api: CliApi, screen: Screen): Promise<number> {
  const { agent, reason } = command;
  const spec: AgentFreezeSpec = { ...agent, ...(reason === undefined ? {} : { reason }) };
  try {
    const made = await api.freeze(freezeName(agent), spec);
    if (isData(command.output)) screen.out(objectData(made, command.output));
    else screen.out(`frozen: ${agentText(agent)}; nothing that it sends is admitted, and its access ends\nto let it go on: kubectl assent unfreeze ${agentText(agent)}`);
    return EXIT.ok;
  } catch (error) {
    if (isAlreadyExists(error)) {
      screen.out(`frozen already: ${agentText(agent)}`);
      return EXIT.ok;
    }
    return failed(error, screen);
  }
}

/** Takes every freeze away that names exactly this agent. */
export async function unfreeze(command: Freeze, api: CliApi, screen: Screen): Promise<number> {
  const { agent } = command;
  try {
    const all = await api.freezes();
    const mine = all.filter(({ spec }) => agentText(spec) === agentText(agent));
    for (const { metadata } of mine) await api.unfreeze(metadata.name);
    if (mine.length === 0) {
      screen.error(`no freeze names ${agentText(agent)}; kubectl get agentfreezes lists those that there are`);
      return EXIT.failed;
    }
    screen.out(`unfrozen: ${agentText(agent)}; access that ended has to be asked for again`);
    return EXIT.ok;
  } catch (error) {
    return failed(error, screen);
  }
}

function failed(error: unknown, screen: Screen): number {
  if (!(error instanceof ApiError)) throw error;
  const cause = unanswered(error);
  screen.error(
    cause === undefined
      ? (refusalIn(error.message) ?? error.message)
      : `Assent does not answer; nothing was changed\n${cause}`,
  );
  return cause === undefined ? EXIT.failed : EXIT.unanswered;
}

/** How an agent is named on a command line: namespace/name, user:NAME or group:NAME. */
export function agentText({ serviceAccount, user, group }: Named): string {
  const text = serviceAccount ?? (user === undefined ? `group:${group ?? ''}` : `user:${user}`);
  return visible(text);
}

/** Reads {@link agentText}; undefined when it is none of the three. */
export function readAgent(text: string): Named | undefined {
  const [, kind, name] = /^(user|group):(.+)$/.exec(text) ?? [];
  if (kind === 'user' && name !== undefined) return { user: name };
  if (kind === 'group' && name !== undefined) return { group: name };
  return /^[-a-z0-9.*]+\/[-a-z0-9.*]+$/.test(text) ? { serviceAccount: text } : undefined;
}

/** One freeze for each agent: a second one of the same has the same name. */
function freezeName(agent: Named): string {
  const text = agentText(agent);
  const words = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 60);
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 10);
  return [words, digest].filter((one) => one !== '').join('-');
}

