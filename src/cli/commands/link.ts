// `link`: says in the cluster that an account of a chat will be yours, prints the code that proves it there, and waits until
// it was typed. The code leaves this machine only through the person; the cluster stores its digest.
import { randomBytes } from 'node:crypto';
import type { IdentityLink } from '../../api/identity-link.ts';
import { CODE_BYTES, codeDigest, linkCode } from '../../domain/identity/link-code.ts';
import { visible } from '../../domain/message/plain-text.ts';
import type { CliApi } from '../api.ts';
import type { Command } from '../arguments.ts';
import { isData, objectData } from '../data.ts';
import { EXIT, type Screen } from '../screen.ts';
import { notTaken } from './refused.ts';

type Link = Extract<Command, { verb: 'link' }>;

/** Makes a link and waits for its account. */
export async function link(command: Link, api: CliApi, screen: Screen): Promise<number> {
  const code = linkCode(randomBytes(CODE_BYTES));
  const made = await make(command, code, api, screen);
  if (typeof made === 'number') return made;
  const { name } = made.metadata;
  screen.error(`code: ${code}   for ten minutes, for you alone: whoever types it decides as you

In Slack, press any button under a message of Assent: you are asked for this code.
Waiting for it; to stop: Ctrl-C, and kubectl delete identitylink ${name}`);
  const after = await api.waitForLink(name, ({ status }) => status?.account !== undefined, command.timeoutMs);
  if (after?.status?.account === undefined) {
    screen.error(
      after
        ? `stopped waiting: nobody has typed the code yet, and it lives ten minutes in all; to end it: kubectl delete identitylink ${name}`
        : `the link ${name} was deleted meanwhile`,
    );
    return EXIT.pending;
  }
  if (isData(command.output)) screen.out(objectData(after, command.output));
  else {
    const { team, user } = after.status.account;
    screen.out(
      `linked: ${user} in ${team} decides as ${visible(after.spec.stamp?.username ?? '')}, by ${name}`,
    );
  }
  return EXIT.ok;
}

async function make(
  command: Link,
  code: string,
  api: CliApi,
  screen: Screen,
): Promise<IdentityLink | number> {
  const name = `${command.channel}-${randomBytes(5).toString('hex')}`;
  try {
    return await api.link(name, { channel: command.channel, code: codeDigest(code) });
  } catch (error) {
    return notTaken(error, 'nothing was made', screen);
  }
}
