// What the click matrix plays with: people with accounts that are linked as Assent links them, agents that ask, messages with
// buttons of any value, and what somebody reads after a click.
import { expect } from 'vitest';
import type { ApprovalRequest } from '../../src/api/approval-request.ts';
import { ACTIONS, buttonValue } from '../../src/channels/slack/button-value.ts';
import { slackApi } from '../../src/channels/slack/client.ts';
import { identified, plainText, type SlackMessage } from '../../src/channels/slack/block-types.ts';
import { codeDigest, linkCode } from '../../src/domain/identity/link-code.ts';
import { cardOf } from '../../src/domain/message/card.ts';
import type { OperatorOptions } from '../../tools/operator/start.ts';
import { startSlackInCluster, type SlackInCluster } from '../builders/slack-in-cluster.ts';
import type { Transport } from '../builders/slack-side.ts';
import type { Person, Place } from '../fake-slack/people/person.ts';
import { OURS, requestIn } from './assent.ts';
import { waitFor } from './cluster.ts';
import { createMap, grantEverything, holdConfigMaps } from './people-stage.ts';

const MERGE = 'application/merge-patch+json';

/** What came of a click. */
export interface Came {
  /** The code of a refusal, or what else it came to. */
  readonly outcome: string;
  /** What the one who clicked reads; the request is called NAME. */
  readonly words: string;
}

/** The stage. */
export interface ClicksStage extends SlackInCluster {
  /** Kubeconfig of a person who may create decisions and links, and approve unless `mayApprove` is false. */
  user(name: string, mayApprove?: boolean): Promise<string>;
  /** Somebody with an account that is linked. */
  linked(name: string, more?: object): Promise<Person>;
  /** Links an account. @returns the name of the link */
  linkAccount(kubeconfig: string, person: Person): Promise<string>;
  /** Has an agent ask. */
  asked(object: string, agent?: string): Promise<{ readonly request: string; readonly place: Place }>;
  /** A message of our own app about a request, with this value behind its button. */
  forged(request: string, value?: string, action?: string): Promise<Place>;
  /** The genuine card of a request, with a live Approve put into it. */
  tampered(request: string, card: Place): Promise<Place>;
  /** The value of the button of a request, with one part changed. */
  valueOf(
    request: string,
    part?: Partial<{ installation: string; uid: string; digest: string }>,
  ): Promise<string>;
  /** Denies whatever still waits. */
  settle(): Promise<void>;
  /** What a click came to. */
  came(person: Person, request: string, click: () => Promise<unknown>): Promise<Came>;
}

/** Starts it: agents `bot`, `owned-bot` (olga owns it) and `careful-bot` (two people), each held by a policy of its own. */
export async function startClicksStage(
  transport: Transport,
  operator: OperatorOptions = { run: true },
): Promise<ClicksStage> {
  const stage = await startSlackInCluster(operator, transport);
  const { assent } = stage;
  const api = slackApi({ token: stage.app.botToken, apiUrl: stage.slack.apiUrl });
  const agents: Record<string, string> = {};
  for (const name of ['bot', 'owned-bot', 'careful-bot', 'strict-bot'])
    agents[name] = (await assent.plane.serviceAccount('agents', name)).kubeconfig;
  await grantEverything(
    assent,
    Object.keys(agents).map((name) => `agents/${name}`),
  );
  const controller = (await assent.plane.serviceAccount('assent-system', 'assent-controller')).kubeconfig;
  await holdConfigMaps(assent, 'plain', [{ serviceAccount: 'agents/bot' }]);
  await holdConfigMaps(assent, 'owned', [{ serviceAccount: 'agents/owned-bot', owners: ['olga'] }]);
  await holdConfigMaps(assent, 'careful', [{ serviceAccount: 'agents/careful-bot' }], { required: 2 });
  await holdConfigMaps(assent, 'strict', [{ serviceAccount: 'agents/strict-bot' }], { notInChat: true });
  for (const agent of Object.values(agents))
    await assent.untilHeld(() => createMap(assent, agent, 'probe', '?dryRun=All'));
  const cleaner = await assent.approver('cleaner');
  /** Nobody said no, so the decision counts. */
  const counted = (request: string): Promise<string> =>
    waitFor(
      async () => {
        const verdict = (await assent.request(request)).status?.decisions?.at(-1)?.verdict;
        return verdict && `counted: ${verdict}`;
      },
      { what: 'the click to count' },
    );
  let count = 0;
  const clicks: ClicksStage = {
    ...stage,
    async user(name, mayApprove = true) {
      const kubeconfig = mayApprove
        ? await assent.approver(name)
        : (await assent.plane.user(name)).kubeconfig;
      await assent.admin('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
        metadata: { name: `links-${name}` },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'assent-approver' },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name }],
      });
      return kubeconfig;
    },
    async linked(name, more = {}) {
      const person = stage.person(name, more);
      await clicks.linkAccount(await clicks.user(name), person);
      return person;
    },
    async linkAccount(kubeconfig, { user }) {
      const code = linkCode(Buffer.from(`${user.id}-${(count += 1)}-padding`));
      const name = `slack-${user.id.toLowerCase()}-${count}`;
      const spec = { channel: 'slack', code: codeDigest(code) };
      const body = { apiVersion: 'assent.dev/v1alpha1', kind: 'IdentityLink', metadata: { name }, spec };
      const made = await assent.send(kubeconfig, 'POST', `${OURS}/identitylinks`, body);
      expect(made.status, made.message).toBe(201);
      const status = { account: { team: user.teamId, user: user.id }, code };
      const path = `${OURS}/identitylinks/${name}/status`;
      const typed = await assent.send(controller, 'PATCH', path, { status }, MERGE);
      expect(typed.status, typed.message).toBe(200);
      return name;
    },
    async asked(object, agent = 'bot') {
      const held = await createMap(assent, agents[agent] ?? '', object);
      const request = requestIn(held.message);
      expect(request, held.message).not.toBe('');
      const place = await stage.card(request);
      // A click before that is refused, with the advice to try again.
      const isNoted = async () =>
        (await assent.request(request)).status?.notifications?.some(
          ({ handle, content }) => handle === place.ts && content?.startsWith('sha256:') === true,
        );
      await waitFor(isNoted, { what: `the card of ${request} to be noted` });
      return { request, place };
    },
    async tampered(request, card) {
      const message = forgery(await clicks.valueOf(request), ACTIONS.approve, (count += 1));
      expect((await api.update(card, message)).kind).toBe('ok');
      return card;
    },
    async forged(request, value, action = ACTIONS.approve) {
      const message = forgery(value ?? (await clicks.valueOf(request)), action, (count += 1));
      for (;;) {
        const posted = await api.postMessage({
          channel: stage.channel.id,
          message,
          uid: 'forged',
          attempt: `forged-${count}`,
          form: 'card',
        });
        if (posted.kind === 'ok') return { channel: posted.channel, ts: posted.ts };
        expect(posted.kind).toBe('limited');
        await new Promise((resume) => {
          setTimeout(resume, 200);
        });
      }
    },
    async valueOf(request, part = {}) {
      const stored: ApprovalRequest = await assent.request(request);
      const card = cardOf(stored, { cluster: 'prod', now: Date.now(), channel: 'slack' });
      const { installation = 'prod', uid = card.uid, digest = card.digest } = part;
      return buttonValue(installation, uid, digest);
    },
    async settle() {
      for (const { metadata, status } of await assent.requests()) {
        if ((status?.state ?? 'Pending') !== 'Pending') continue;
        await assent.decide(cleaner, metadata.name, 'Deny');
        const isOver = async () =>
          ((await assent.request(metadata.name)).status?.state ?? 'Pending') !== 'Pending';
        await waitFor(isOver, { what: `${metadata.name} to be over` });
      }
    },
    async came(person, request, click) {
      const before = stage.slack.ephemerals(person.user.id).length;
      await click();
      const whispers = stage.slack.ephemerals(person.user.id);
      const whisper = whispers.length > before ? textOf(whispers.at(-1)?.blocks) : '';
      const words = told(whisper === '' ? person.dialog() : whisper, request);
      await person.closeDialog();
      if (words === '') return { outcome: await counted(request), words };
      return { outcome: /^refused: .* \(([a-z-]+)\)$/.exec(words)?.[1] ?? 'told', words };
    },
  };
  return clicks;
}

/** Without what differs from run to run. */
const told = (words: string, request: string): string =>
  words
    .replaceAll(request, 'NAME')
    .replaceAll('\n', ' ')
    .replaceAll(/\b[0-9A-Z]{4}-[0-9A-Z]{4}\b/g, 'CODE')
    .replaceAll(/\bm-\d+\b/g, 'OBJECT');

function textOf(blocks: unknown): string {
  const [first] = (blocks ?? []) as { text?: { text?: string } }[];
  return first?.text?.text ?? '';
}

/** A message with one button. */
function forgery(value: string, action: string, count: number): SlackMessage {
  const button = { type: 'button', action_id: action, text: plainText('Press'), value } as const;
  const blocks = identified([{ type: 'actions', elements: [button] }], `forged-${count}`, 0);
  return { text: 'forged', blocks };
}
