// A cluster with Assent in it that shows its requests in a Slack: the fake one, with the real clients of Assent's own
// processes in front of it.
import type { OperatorOptions } from '../../tools/operator/start.ts';
import { OURS, startAssent, type Assent } from '../controlplane/assent.ts';
import { waitFor } from '../controlplane/cluster.ts';
import type { Person, Place } from '../fake-slack/people/person.ts';
import { linkThroughDialogs } from './slack-link.ts';
import { startSlackSide, type SlackSide, type Transport } from './slack-side.ts';

/** The stage. */
export interface SlackInCluster extends SlackSide {
  readonly assent: Assent;
  /** The message that is about a request, once it is there. */
  card(request: string): Promise<Place>;
  /** Links an account through its dialogs, as its owner would. @param kubeconfig of the person in the cluster */
  link(person: Person, place: Place, kubeconfig: string): Promise<void>;
}

/** Starts both. */
export async function startSlackInCluster(
  operator: OperatorOptions = { run: true },
  transport: Transport = 'socket',
): Promise<SlackInCluster> {
  const side = await startSlackSide(transport);
  const assent = await startAssent({ operator: { ...operator, env: { ...operator.env, ...side.env } } });
  await side.listening();
  return {
    ...side,
    assent,
    card: (request) =>
      waitFor(
        async () => {
          const { status } = await assent.request(request);
          const note = status?.notifications?.find(({ form }) => form === 'card');
          return note?.handle === undefined ? undefined : { channel: note.place, ts: note.handle };
        },
        { what: `a card about ${request}` },
      ),
    link: (person, place, kubeconfig) =>
      linkThroughDialogs(person, place, {
        async create(body) {
          const made = await assent.send(kubeconfig, 'POST', `${OURS}/identitylinks`, body);
          if (made.status !== 201) throw new Error(made.message);
        },
        soon: (what, look) => waitFor(look, { what }),
      }),
    async stop() {
      await assent.stop();
      await side.stop();
    },
  };
}
