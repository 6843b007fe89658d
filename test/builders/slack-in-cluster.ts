// A cluster with Assent in it that shows its requests in a Slack: the fake one in the time of this machine, with the real
// clients of Assent's own processes in front of it.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codeDigest, linkCode } from '../../src/domain/identity/link-code.ts';
import type { OperatorOptions } from '../../tools/operator/start.ts';
import { OURS, startAssent, type Assent } from '../controlplane/assent.ts';
import { waitFor } from '../controlplane/cluster.ts';
import { machineClock } from '../fake-slack/clock.ts';
import { FakeSlack } from '../fake-slack/fake-slack.ts';
import type { Person, Place } from '../fake-slack/people/person.ts';
import type { App, Channel } from '../fake-slack/state/people.ts';

/** The stage. */
export interface SlackInCluster {
  readonly assent: Assent;
  readonly slack: FakeSlack;
  readonly app: App;
  readonly channel: Channel;
  /** Adds somebody to the workspace and to the channel. */
  person(name: string, more?: object): Person;
  /** The message that is about a request, once it is there. */
  card(request: string): Promise<Place>;
  /** What somebody sees of a message and of its thread, or of a list that names the request. */
  screen(by: Person): string;
  /** Links an account through its dialogs, as its owner would. @param kubeconfig of the person in the cluster */
  link(person: Person, place: Place, kubeconfig: string): Promise<void>;
  stop(): Promise<void>;
}

let links = 0;

/** Starts both. */
export async function startSlackInCluster(
  operator: OperatorOptions = { run: true },
): Promise<SlackInCluster> {
  const slack = await FakeSlack.start({ clock: machineClock });
  const app = slack.addApp({ name: 'Assent' });
  const channel = slack.addChannel({ name: 'approvals', kind: 'private', members: [app.botUserId] });
  const folder = await mkdtemp(join(tmpdir(), 'assent-slack-'));
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), `${text}\n`, { mode: 0o600 });
    return join(folder, name);
  };
  const env = {
    ASSENT_CLUSTER_NAME: 'prod',
    ASSENT_SLACK_BOT_TOKEN_FILE: await file('bot', app.botToken),
    ASSENT_SLACK_APP_TOKEN_FILE: await file('app', app.appToken),
    ASSENT_SLACK_CHANNEL: channel.id,
    ASSENT_SLACK_API_URL: slack.apiUrl,
  };
  const assent = await startAssent({ operator: { ...operator, env: { ...operator.env, ...env } } });
  await waitFor(() => Promise.resolve(slack.sockets.of(app).length > 0), {
    what: 'Assent to listen to Slack',
  });
  return {
    assent,
    slack,
    app,
    channel,
    person(name, more = {}) {
      const person = slack.addUser({ name, ...more });
      channel.members.add(person.user.id);
      return person;
    },
    card: (request) =>
      waitFor(
        async () => {
          const { status } = await assent.request(request);
          const note = status?.notifications?.find(({ form }) => form === 'card');
          return note?.handle === undefined ? undefined : { channel: note.place, ts: note.handle };
        },
        { what: `a card about ${request}` },
      ),
    screen: (by) => by.screen(channel.id),
    async link(person, place, kubeconfig) {
      const code = linkCode(Buffer.from(`${person.user.id}-${(links += 1)}-padding`));
      const body = {
        apiVersion: 'assent.dev/v1alpha1',
        kind: 'IdentityLink',
        metadata: { name: `slack-${person.user.id.toLowerCase()}-${links}` },
        spec: { channel: 'slack', code: codeDigest(code) },
      };
      const made = await assent.send(kubeconfig, 'POST', `${OURS}/identitylinks`, body);
      if (made.status !== 201) throw new Error(made.message);
      await person.click(place, 'Details');
      await waitFor(
        async () => {
          await person.submit({ code });
          return person.dialog().includes('Is this you?');
        },
        { what: 'Assent to know the code' },
      );
      await person.submit();
      if (!person.dialog().includes('Your account is linked')) throw new Error(person.dialog());
    },
    async stop() {
      await assent.stop();
      await slack.close();
      await rm(folder, { recursive: true });
    },
  };
}
