// docs/guide/slack.md, played as it is written, on a real API server and a Slack that grants what the manifest asks for and
// nothing else: from nothing to the first change that somebody approved by a click, by socket and by callbacks.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { ControlPlane } from '../../tools/controlplane/start.ts';
import { AGENT_RIGHTS, DEPLOYMENT, ONCALL, POLICY, RIGHTS } from '../../tools/demo/scene.ts';
import { anAdministrator, type Administrator, type Typed } from '../builders/administrator.ts';
import { GuidePage } from '../builders/guide-page.ts';
import { machineClock } from '../fake-slack/clock.ts';
import { FakeSlack } from '../fake-slack/fake-slack.ts';
import type { Person, Place } from '../fake-slack/people/person.ts';
import type { App, Channel } from '../fake-slack/state/people.ts';
import { messageText } from '../fake-slack/view/screen.ts';
import { requestIn } from './assent.ts';
import { startCluster, waitFor } from './cluster.ts';

const guide = new GuidePage('slack.md');
const install = new GuidePage('install.md');
const LIMIT = { timeout: 60_000 };

describe.each(['socket', 'http'] as const)('the guide of Slack, with clicks by %s', (transport) => {
  let plane: ControlPlane;
  let slack: FakeSlack;
  let app: App;
  let channel: Channel;
  let alice: Person;
  let admin: Administrator;
  let assent: Typed;
  const who = { agent: '', approver: '' };

  /** A block of the guide as the reader types it: with their own names, and for callbacks with the other file. */
  function filled(block: string): string {
    const secret = guide.says(/write `(--[^`]+)` in place of `--[^`]+`/);
    const token = guide.says(/write `--[^`]+` in place of `(--[^`]+)`/);
    const own = block
      .replaceAll('C0123ABCD', channel.id)
      .replace('HOST:8443', `127.0.0.1:${admin.ports.gate}`);
    if (!own.includes(token)) throw new Error(`${own} has nothing to put ${secret} in the place of`);
    return transport === 'http' ? own.replace(token, secret) : own;
  }
  const doctor = (): Typed => admin.type(filled(guide.block('kubectl assent doctor slack')));

  /** The message that shows this. */
  const shown = (words: string): Promise<{ readonly place: Place; readonly text: string }> =>
    waitFor(
      () => {
        const found = slack
          .messages(channel.id)
          .filter(({ threadTs }) => threadTs === undefined)
          .map((message) => ({ ts: message.ts, text: messageText(slack.world, message) }))
          .findLast(({ text }) => text.includes(words));
        return found && { place: { channel: channel.id, ts: found.ts }, text: found.text };
      },
      { what: `a message that says ${words}` },
    );

  beforeAll(async () => {
    plane = await startCluster();
    slack = await FakeSlack.start({ clock: machineClock });
    admin = await anAdministrator(plane, { ASSENT_SLACK_API_URL: slack.apiUrl });
    who.agent = (await plane.serviceAccount('agents', 'deploy-bot')).kubeconfig;
    who.approver = (await plane.user('alice', [ONCALL])).kubeconfig;
  }, 120_000);
  afterAll(async () => {
    await assent.end('SIGKILL');
    await plane.stop();
    await slack.close();
  });

  it('before you begin: Assent is installed, with a policy', LIMIT, async () => {
    const first = install.block('npm ci').replace(/^npm ci .*\n/, '');
    await admin.must(first);
    await admin.must(install.block('umask 077'));
    assent = await admin.keepRunning(
      install.block('bin/assent run').replace('HOST:8443', `127.0.0.1:${admin.ports.gate}`),
    );
    await admin.must('kubectl create namespace payments');
    for (const manifest of [AGENT_RIGHTS, RIGHTS, DEPLOYMENT, POLICY])
      await admin.must(`kubectl apply -f - <<'END'\n${manifest}\nEND`);
    const ready = 'kubectl wait apol/payments-workloads --for=condition=Ready --timeout=20s';
    expect(await admin.must(ready)).toContain('condition met');
  });

  it('step 1: the app is made from its manifest, installed, and invited', async () => {
    const file = guide.says(new RegExp(`\\[${transport}\\.yaml\\]\\(([^)]+)\\)`));
    const text = await readFile(join(import.meta.dirname, '../../docs/guide', file), 'utf8');
    app = slack.installManifest(parse(text));
    expect(app.mode).toBe(transport);
    if (transport === 'socket') slack.makeAppToken(app, [guide.says(/with the scope `([^`]+)`/)]);
    // TLS in front, and one path that is let through: the one of the manifest.
    else
      app.interactivityUrl = `http://127.0.0.1:${admin.ports.connector}${new URL(app.interactivityUrl).pathname}`;
    alice = slack.addUser({ name: 'alice', realName: 'Alice' });
    channel = slack.addChannel({ name: 'approvals', kind: 'private', members: [alice.user.id] });
  });

  it('step 2: the doctor finds what was forgotten, and then nothing', LIMIT, async () => {
    const tokens: Readonly<Record<string, string>> = {
      'bot-token': app.botToken,
      'app-token': app.appToken,
      'signing-secret': app.signingSecret,
    };
    const pasting = (block: string): string =>
      block.replaceAll(
        /^cat > \S+\/(\S+)$/gm,
        (line, name: string) => `${line} <<'END'\n${tokens[name]}\nEND`,
      );
    const files = guide.block('umask');
    const asked = transport === 'socket' ? files : files.replace('/app-token', '/signing-secret');
    await admin.must(pasting(asked));
    const forgotten = await doctor().done;
    expect(forgotten).toMatchObject({
      code: 1,
      text: expect.stringContaining('channel_not_found. Channel owner: '),
    });
    alice.invite(channel.id, guide.says(/`\/invite (@\w+)`/));
    const { code, text } = await doctor().done;
    const ids = (words: string): string => words.replaceAll(/\b[ACT]0[0-9A-Z]+\b/g, 'ID').trim();
    const ends = (words: string): string =>
      transport === 'socket' ? ids(words) : ids(words).replace(/^(ok +clicks).*$/m, '$1');
    expect([code, ends(text)]).toEqual([0, ends(guide.block('ok ', 'text'))]);
  });

  it('step 2: Assent runs with it, and the Secret for a pod is made of the same files', LIMIT, async () => {
    await assent.end();
    assent = await admin.keepRunning(filled(guide.block('bin/assent run')));
    await admin.must(guide.block('kubectl create secret'));
    const got = await admin.must('kubectl get secret assent-slack -n assent-system -o json');
    const { data } = JSON.parse(got) as { data: Record<string, string> };
    expect(Buffer.from(data['bot-token'] ?? '', 'base64').toString('utf8')).toBe(`${app.botToken}\n`);
    if (transport === 'socket') await slack.until(() => slack.sockets.of(app).length > 0);
  });

  it('step 3: the agent is held, and the channel has a message', LIMIT, async () => {
    const attempt = guide.block('kubectl delete deployment');
    await waitFor(
      async () =>
        (await admin.type(`${attempt.trim()} --dry-run=server`, who.agent).done).text.includes(
          'dry-run only',
        ),
      { what: 'the gate to be asked' },
    );
    const held = await admin.type(attempt, who.agent).done;
    expect(held).toMatchObject({ code: 1, text: expect.stringContaining('Approval required') });
    const { text } = await shown('[PENDING] delete deployments payments/api');
    expect(text).toContain('[ Approve ]');
    expect(text).toContain('prod');
    const described = await admin.must(`kubectl describe apr ${requestIn(held.text)}`, who.approver);
    expect(described).toMatch(/Status: +True\n +Type: +Notified/);
  });

  it('step 4: the account is linked from both sides', LIMIT, async () => {
    const { place } = await shown('[PENDING]');
    await alice.click(place, 'Approve');
    const linking = admin.type(guide.block('kubectl assent link slack'), who.approver);
    const code = await waitFor(() => /^code: (\S+)/m.exec(linking.text())?.[1], { what: 'a code' });
    await waitFor(
      async () => {
        await alice.submit({ code });
        return alice.dialog().includes('Is this you?');
      },
      { what: 'Assent to know the code' },
    );
    expect(alice.dialog()).toContain('alice');
    await alice.submit();
    await alice.closeDialog();
    const linked = await linking.done;
    expect(linked).toMatchObject({ code: 0, text: expect.stringContaining('decides as alice') });
    expect(await admin.must('kubectl get identitylinks', who.approver)).toContain(alice.user.id);
  });

  it('step 5: one click approves, and the change is admitted once', LIMIT, async () => {
    const attempt = guide.block('kubectl delete deployment');
    const { place } = await shown('[PENDING]');
    const { dialog } = await alice.click(place, 'Approve');
    expect(dialog).toContain('Approve this change?');
    const approved = await shown('[APPROVED]');
    expect(approved.text).not.toContain('[ Approve ]');
    expect(await admin.must(attempt, who.agent)).toContain('deleted');
    await shown('[USED]');
    await waitFor(() => slack.world.replies(channel.id, place.ts).length >= 3, {
      what: 'the thread to tell it',
    });
    expect(alice.warnings).toEqual([]);
  });

  it('when it does not work: the request and the doctor say why', LIMIT, async () => {
    channel.members.delete(app.botUserId);
    await admin.must(`kubectl apply -f - <<'END'\n${DEPLOYMENT}\nEND`);
    const held = await admin.type(guide.block('kubectl delete deployment'), who.agent).done;
    const command = guide.says(/`(kubectl describe apr NAME)`/).replace('NAME', requestIn(held.text));
    await waitFor(
      async () => {
        const text = (await admin.must(command, who.approver)).replaceAll(/\s+/g, ' ');
        expect(text).toMatch(/channel_not_found: Check the id of the channel.*Status: False Type: Notified/);
        return true;
      },
      { what: 'the request to say that it is shown nowhere' },
    );
    expect(await doctor().done).toMatchObject({ code: 1, text: expect.stringContaining('broken: 1') });
  });
});
