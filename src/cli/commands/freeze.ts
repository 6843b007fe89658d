// `freeze` and `unfreeze`: the kill switch. A freeze takes hold at once at the gate, and within seconds for all that no
// policy names; it lasts until somebody who may delete it says `unfreeze`.
import { createHash } from 'node:crypto';
import type { AgentFreezeSpec } from '../../api/agent-freeze.ts';
import { agentText, type NamedAgent } from '../../domain/message/agent-text.ts';
import { word } from '../../domain/message/ask-command.ts';
import { isAlreadyExists } from '../../kube/errors.ts';
import type { CliApi } from '../api.ts';
import type { Command } from '../arguments.ts';
import { isData, objectData } from '../data.ts';
import { EXIT, type Screen } from '../screen.ts';
import { notTaken } from './refused.ts';

type Freeze = Extract<Command, { verb: 'freeze' | 'unfreeze' }>;

/** Freezes an agent. */
export async function freeze(command: Freeze, api: CliApi, screen: Screen): Promise<number> {
  const { agent, reason } = command;
  const spec: AgentFreezeSpec = { ...agent, ...(reason === undefined ? {} : { reason }) };
  try {
    const made = await api.freeze(freezeName(agent), spec);
    if (isData(command.output)) screen.out(objectData(made, command.output));
    else
      screen.out(
        `frozen: ${agentText(agent)}; what policies name is refused at once, all else that it sends within a few seconds, and its access ends\nan administrator lets it go on: kubectl assent unfreeze ${word(agentText(agent))}`,
      );
    return EXIT.ok;
  } catch (error) {
    if (isAlreadyExists(error)) {
      screen.out(`frozen already: ${agentText(agent)}`);
      return EXIT.ok;
    }
    return notTaken(error, 'nothing was changed', screen);
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
      screen.error(
        `no freeze names ${agentText(agent)}; kubectl get agentfreezes lists those that there are`,
      );
      return EXIT.failed;
    }
    screen.out(`unfrozen: ${agentText(agent)}; access that ended has to be asked for again`);
    return EXIT.ok;
  } catch (error) {
    return notTaken(error, 'nothing was changed', screen);
  }
}

/** One freeze for each agent: a second one of the same has the same name. */
function freezeName(agent: NamedAgent): string {
  const text = agentText(agent);
  const words = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 60);
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 10);
  return [words, digest].filter((one) => one !== '').join('-');
}
