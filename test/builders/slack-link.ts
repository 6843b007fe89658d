// An account in the fake Slack that is linked through the dialogs of the real app, as its owner would.
import { codeDigest, linkCode } from '../../src/domain/identity/link-code.ts';
import type { Person, Place } from '../fake-slack/people/person.ts';

/** What is needed around the dialogs. */
export interface LinkMoves {
  /** Stores an IdentityLink as the person in the cluster. @throws when it is refused */
  readonly create: (body: object) => Promise<void>;
  /** Waits until a look is true. @throws when it never is */
  readonly soon: (what: string, look: () => Promise<boolean>) => Promise<unknown>;
}

let links = 0;

/** Links it. @param place of a message with buttons of Assent */
export async function linkThroughDialogs(person: Person, place: Place, moves: LinkMoves): Promise<void> {
  const code = linkCode(Buffer.from(`${person.user.id}-${(links += 1)}-padding`));
  await moves.create({
    apiVersion: 'assent.dev/v1alpha1',
    kind: 'IdentityLink',
    metadata: { name: `slack-${person.user.id.toLowerCase()}-${links}` },
    spec: { channel: 'slack', code: codeDigest(code) },
  });
  await person.click(place, 'Details');
  await moves.soon('Assent to know the code', async () => {
    await person.submit({ code });
    return person.dialog().includes('Is this you?');
  });
  await person.submit();
  if (!person.dialog().includes('Your account is linked')) throw new Error(person.dialog());
  await person.closeDialog();
}
