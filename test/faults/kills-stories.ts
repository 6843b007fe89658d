// The stories that lead the gate and the controller to every one of their writes: the main path with new keys, a registration that somebody edits, keys and
// certificates that are renewed, an election with a release and a take-over, a request whose retention is over, a chat, and access for a time.
import { fileURLToPath } from 'node:url';
import type { ApprovalRequest } from '../../src/api/approval-request.ts';
import type { IdentityLink } from '../../src/api/identity-link.ts';
import { codeDigest, linkCode } from '../../src/domain/identity/link-code.ts';
import { generateSealKey, SealKeys } from '../../src/platform/seal-keys.ts';
import { makeTls, tlsToSecret } from '../../src/platform/tls-state.ts';
import type { Person, Place } from '../fake-slack/people/person.ts';
import { access } from './kills-access.ts';
import {
  applied,
  as,
  asked,
  BOTH,
  decided,
  deployment,
  DEPLOYMENTS,
  held,
  SECRETS,
  settled,
  whole,
  type Request,
} from './kills-steps.ts';
import { OURS } from './races-cluster.ts';
import type { Play, Story } from './kills-world.ts';

const LEASE = '/apis/coordination.k8s.io/v1/namespaces/assent-system/leases/assent-controller';
const GUARD = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/assent-guard';
const CLOCK = fileURLToPath(new URL('races-clock.ts', import.meta.url));
const DAY = 24 * 3_600_000;

/** From new keys to the use of one approval; the next attempt needs another one. */
const mainPath: Story = async (play) => {
  await applied(play);
  await asked(play);
  const name = await held(play);
  await decided(play, name, 'Approve');
  await play.step({
    what: 'the change is admitted',
    needs: BOTH,
    take: () => as(play, 'agent')('DELETE', `${DEPLOYMENTS}/api`),
    isDone: ({ status }) => status === 200,
  });
  await as(play, 'admin')('POST', DEPLOYMENTS, deployment);
  // One approval, one execution.
  const next = await held(play, (other) => other !== name);
  await settled(play, name, 'Reserved');
  await settled(play, next, 'Pending');
  const { json } = await as(play, 'admin')('GET', `${OURS}/approvalrequests/${name}`);
  const decisions = (json as Request).status?.decisions?.length;
  if (decisions !== 1) throw new Error(`${name} has ${decisions} decisions`);
  await whole(play);
};

/** Somebody edits a registration, until one such edit was told: who is killed right behind putting it back tells nothing of it. */
const tampering: Story = async (play) => {
  const admin = as(play, 'admin');
  await applied(play);
  await asked(play);
  const edit = [{ op: 'replace', path: '/webhooks/0/failurePolicy', value: 'Ignore' }];
  await play.step({
    what: 'an edited registration is told',
    needs: ['controller'],
    take: async () => {
      await admin('PATCH', GUARD, edit, 'application/json-patch+json');
      return admin('GET', '/api/v1/namespaces/default/events?fieldSelector=involvedObject.name=assent-guard');
    },
    isDone: ({ json }) => (json as { items?: unknown[] }).items?.length !== 0,
  });
  await play.step({
    what: 'it is put back',
    needs: ['controller'],
    take: () => admin('GET', GUARD),
    isDone: ({ json }) => {
      const { webhooks } = json as { webhooks?: readonly { failurePolicy?: string }[] };
      return webhooks?.[0]?.failurePolicy === 'Fail';
    },
  });
  await whole(play);
};

/** Public keys that lag behind the private ones, and a certificate of ten weeks. */
const renewedKeys: Story = async (play) => {
  const admin = as(play, 'admin');
  const seals = new SealKeys([generateSealKey()], { now: () => Date.now() });
  const note = { note: Buffer.from('an entry of before').toString('base64') };
  const tls = await makeTls({ dnsNames: [], ipAddresses: ['127.0.0.1'] }, Date.now() - 70 * DAY);
  const secrets: readonly (readonly [string, object])[] = [
    ['assent-seal', seals.toSecret()],
    ['assent-seal-public', { ...seals.toSecret({ publicOnly: true }), ...note }],
    ['assent-tls', tlsToSecret(tls)],
  ];
  const labels = { 'app.kubernetes.io/part-of': 'assent' };
  for (const [name, data] of secrets) await admin('POST', SECRETS, { metadata: { name, labels }, data });
  await applied(play);
  await asked(play);
  for (const [name, data] of secrets.slice(1)) {
    await play.step({
      what: `${name} is renewed`,
      needs: BOTH,
      take: () => admin('GET', `${SECRETS}/${name}`),
      isDone: ({ json }) => {
        const now = (json as { data?: object }).data;
        return now !== undefined && JSON.stringify(now) !== JSON.stringify(data);
      },
    });
  }
  await whole(play);
};

/** Somebody edits the Lease, its holder renews it all the same, gives it back at its end, and the next one takes it. */
const election: Story = async (play) => {
  const admin = as(play, 'admin');
  await applied(play);
  await asked(play);
  const renewed = async () => {
    let before: string | undefined;
    await play.step({
      what: 'the Lease is renewed',
      needs: ['controller'],
      take: () => admin('GET', LEASE),
      isDone({ json }) {
        const { spec } = json as { spec?: { renewTime?: string; holderIdentity?: string } };
        before ??= spec?.renewTime;
        return spec?.renewTime !== before && spec?.holderIdentity !== '';
      },
    });
  };
  await renewed();
  await admin('PATCH', LEASE, { metadata: { labels: { edited: 'yes' } } }, 'application/merge-patch+json');
  await renewed();
  await play.keeper.restart('controller');
  await renewed();
  await whole(play);
};

/** A refused request is forgotten after a week, and a link that nobody finished: the controller's clock is set eight days ahead, and back. */
const retention: Story = async (play) => {
  await applied(play);
  await asked(play);
  const name = await held(play);
  await decided(play, name, 'Deny');
  await settled(play, name, 'Denied');
  const link = await linkBegun(play, `left-${name}`, codeDigest(linkCode(Buffer.from(`${name}-padding`))));
  await play.keeper.restart('controller', {
    NODE_OPTIONS: `--import=${CLOCK}`,
    FAULTS_CLOCK_MS: String(8 * DAY),
  });
  await play.step({
    what: 'the request is forgotten',
    // Done by the write itself, even where its author died behind it.
    needs: [],
    take: () => as(play, 'admin')('GET', `${OURS}/approvalrequests/${name}`),
    isDone: ({ status }) => status === 404,
  });
  await play.step({
    what: 'the unfinished link is cleared away',
    // Done by the write itself, even where its author died behind it.
    needs: [],
    take: () => as(play, 'admin')('GET', link),
    isDone: ({ status }) => status === 404,
  });
  await play.keeper.restart('controller');
  await whole(play);
};

/** The account of a person is linked, clicks once, and the card tells the rest. */
const chat: Story = async (play) => {
  const { slack } = play.world;
  await applied(play);
  await play.keeper.restart('controller', slack.env);
  await asked(play);
  const name = await held(play);
  const request = () => as(play, 'admin')('GET', `${OURS}/approvalrequests/${name}`);
  const posted = await play.step({
    what: 'a card is in the channel',
    needs: ['controller'],
    take: request,
    isDone: ({ json }) => cardOf(json) !== undefined,
  });
  const place = { channel: slack.channel.id, ts: cardOf(posted.json) ?? '' };
  const person = slack.person(`alice-${place.ts}`);
  await linked(play, person, place);
  await play.step({
    what: 'the click decides',
    needs: BOTH,
    async take() {
      // Nobody is there to hear it, or the button is gone since the click before did it.
      await person.click(place, 'Approve').catch(() => undefined);
      return request();
    },
    isDone: ({ json }) => ['Approved', 'Reserved'].includes((json as Request).status?.state ?? ''),
  });
  await play.step({
    what: 'the change is admitted',
    needs: BOTH,
    take: () => as(play, 'agent')('DELETE', `${DEPLOYMENTS}/api`),
    isDone: ({ status }) => status === 200,
  });
  await play.step({
    what: 'the card says so, without a button',
    needs: ['controller'],
    take: request,
    isDone() {
      const shown = JSON.stringify(slack.slack.world.message(place.channel, place.ts)?.blocks);
      return shown.includes('[USED]') && !shown.includes('assent.approve');
    },
  });
  const cards = slack.slack.messages(place.channel).filter(({ metadata }) => isAbout(metadata, posted.json));
  if (cards.length !== 1) throw new Error(`${name} has ${cards.length} cards`);
  await play.keeper.restart('controller');
  await as(play, 'admin')('POST', DEPLOYMENTS, deployment);
  await whole(play);
};

const cardOf = (request: unknown): string | undefined =>
  (request as ApprovalRequest).status?.notifications?.find(({ form }) => form === 'card')?.handle;

/** Whether a message is the card of a request, and not a line in its thread. */
function isAbout(metadata: unknown, request: unknown): boolean {
  const { uid } = (request as ApprovalRequest).metadata;
  const { event_payload: sent } = (metadata ?? {}) as { event_payload?: { attempt?: string } };
  return sent?.attempt === `${uid}:post`;
}

/** @returns the path of the link */
async function linkBegun(play: Play, name: string, code: string): Promise<string> {
  const body = { apiVersion: 'assent.dev/v1alpha1', kind: 'IdentityLink', metadata: { name } };
  await play.step({
    what: 'the person begins a link',
    needs: ['gate'],
    take: () =>
      as(play, 'alice')('POST', `${OURS}/identitylinks`, { ...body, spec: { channel: 'slack', code } }),
    isDone: ({ status }) => status === 201 || status === 409,
  });
  return `${OURS}/identitylinks/${name}`;
}

/** Through the dialogs of Slack, begun again wherever a kill broke them off. */
async function linked(play: Play, person: Person, place: Place): Promise<void> {
  const name = `slack-${place.ts.replace('.', '-')}`;
  const code = linkCode(Buffer.from(`${place.ts}-padding`));
  const link = await linkBegun(play, name, codeDigest(code));
  await play.step({
    what: 'the account is linked',
    needs: BOTH,
    async take() {
      if (person.dialog().includes('Who are you?')) await person.submit({ code });
      else if (person.dialog().includes('Is this you?')) await person.submit();
      else {
        await person.closeDialog();
        await person.click(place, 'Details');
      }
      return as(play, 'admin')('GET', link);
    },
    isDone: ({ json }) => (json as IdentityLink).status?.account !== undefined,
  });
  await person.closeDialog();
}

/** All stories by name; together they reach every write. */
export const STORIES: Readonly<Record<string, Story>> = {
  'main path': mainPath,
  tampering,
  'renewed keys': renewedKeys,
  election,
  retention,
  chat,
  access,
};
