// The last part of the story: an agent that may do nothing is refused by RBAC, asks, is answered in Slack, deletes the one
// pod, and has nothing again. The record tells each moment.
import { aliceIn, cardWith, inSlack, soon } from './slack-play.ts';
import { type, type Step } from './story.ts';

const POD = ['pod', 'web-7', '-n', 'shop'];
const WIDE = 'assent ask --verb delete --resource pods -n shop,payments --for 10m';
const CAN_I = 'auth can-i delete pods/web-7 -n shop --as=system:serviceaccount:agents:fixer-bot';
const BINDINGS = 'get roles,rolebindings -n shop -l assent.dev/grant'.split(' ');
const ASK = ['--verb', 'delete', '--resource', 'pods', '--name', 'web-7', '-n', 'shop', '--for', '10m'];
const REASON = 'stuck since 09:40, its replacement is up';
const LINES = String.raw`jsonpath={range .status.outbox[*]}{.at}  {.type}: {.note}{"\n"}{end}`;
const MOMENTS = ['requested', 'decided', 'approved', 'granted', 'used', 'ended', 'gone'];

/** Steps of the story of access; the people of the Slack story are linked. */
export const ACCESS_STORY: readonly Step[] = [
  {
    title: 'an agent without the right is refused by RBAC, and the refusal says what to ask for',
    async play(stage, memory) {
      const refused = await type(stage, 'fixer', ['delete', ...POD]);
      const advice = await type(stage, 'fixer', ['assent', 'ask', '--refusal', refused.text]);
      memory.set('advice', advice.text);
      const isSo =
        refused.code === 1 &&
        refused.text.includes('cannot delete resource "pods"') &&
        advice.text.startsWith(`kubectl assent ask ${ASK.join(' ')} `);
      const shown = [
        refused.shown,
        {
          ...advice.shown,
          command: 'kubectl assent ask --refusal "$(kubectl delete pod web-7 -n shop 2>&1)"',
        },
      ];
      return isSo ? { shown } : { shown, wrong: 'it was not refused with what to ask for' };
    },
  },
  {
    title: 'it asks for exactly that, and for no more',
    async play(stage, memory) {
      const wide = await type(stage, 'fixer', WIDE.split(' '));
      const done = await type(stage, 'fixer', ['assent', 'ask', ...ASK, '--reason', REASON]);
      memory.set('ask', /^\s+request:\s+(\S+)/m.exec(done.text)?.[1] ?? '');
      const isSo =
        wide.code === 1 &&
        wide.text.includes('kubectl assent ask') &&
        done.code === 0 &&
        memory.get('ask') !== '';
      const shown = [wide.shown, done.shown];
      return isSo ? { shown } : { shown, wrong: 'the ask was not taken, or too wide a one was' };
    },
  },
  {
    title: 'a person sees all of it in Slack and says yes; the binding appears',
    async play(stage, memory) {
      const name = memory.get('ask') ?? '';
      const card = await soon(() => cardWith(stage, '[PENDING] access to delete pods shop/web-7'));
      memory.set('ask-card', card?.place.ts ?? '');
      // A click under a card that Assent has not noted yet counts for nothing.
      const noted = ['get', `apr/${name}`, '-o', 'jsonpath={.status.notifications[*].handle}'];
      await soon(async () => {
        const { text } = await stage.kubectl('approver', noted);
        return text.includes(card?.place.ts ?? 'nothing') || undefined;
      });
      // And where it has been told so, a person clicks again.
      const approved = ['wait', `apr/${name}`, '--for=condition=Approved', '--timeout=5s'];
      await soon(async () => {
        if (card !== undefined) await aliceIn(stage).click(card.place, 'Approve');
        return (await stage.kubectl('approver', approved)).code === 0 || undefined;
      });
      const waited = await type(stage, 'fixer', ['assent', 'wait', name, '--timeout', '20s']);
      const stands = await type(stage, 'admin', [...BINDINGS, '-o', 'name']);
      const isSo =
        card?.text.includes('delete pods named web-7') === true &&
        waited.code === 0 &&
        stands.text.split('\n').length === 2;
      const shown = [inSlack('#approvals', card?.text ?? 'nothing'), waited.shown, stands.shown];
      return isSo ? { shown } : { shown, wrong: 'the access was not granted' };
    },
  },
  {
    title: 'the one pod is deleted, once, and a second later nothing is left',
    async play(stage, memory) {
      const name = memory.get('ask') ?? '';
      const deleted = await type(stage, 'fixer', ['delete', ...POD]);
      const end = ['--for=jsonpath={.status.state}=Ended', '--timeout=20s'];
      const ended = await type(stage, 'approver', ['wait', `apr/${name}`, ...end]);
      const asked = await type(stage, 'admin', CAN_I.split(' '));
      const left = await type(stage, 'admin', BINDINGS);
      const isSo =
        deleted.code === 0 &&
        ended.code === 0 &&
        asked.text.split('\n').includes('no') &&
        left.text.includes('No resources found');
      const shown = [deleted, ended, asked, left].map((one) => one.shown);
      return isSo ? { shown } : { shown, wrong: 'the access was not used once and gone' };
    },
  },
  {
    title: 'the record has every moment',
    async play(stage, memory) {
      const name = memory.get('ask') ?? '';
      const record = await type(stage, 'approver', ['get', `apr/${name}`, '-o', LINES]);
      const types = record.text.split('\n').map((line) => /^\S+ {2}(\w+):/.exec(line)?.[1]);
      const card = await soon(() => cardWith(stage, '[ENDED] access to delete pods shop/web-7'));
      const isSo = types.join() === MOMENTS.join() && card?.text.includes('gone at') === true;
      const shown = [record.shown, inSlack('#approvals', card?.text ?? 'nothing')];
      return isSo ? { shown } : { shown, wrong: 'a moment is missing' };
    },
  },
];
