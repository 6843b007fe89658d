// The second half of the story, in a Slack of the demo's own: the same request as a card, an account that is linked from both
// sides, and one click. The clients are the real ones; only the server is a stand-in, and it enforces Slack's rules.
import { messageText } from '../../test/fake-slack/view/screen.ts';
import { aliceIn, cardWith, inSlack, soon } from './slack-play.ts';
import type { Step } from './story.ts';

/** Steps of the story in Slack; the agent's second delete waits. */
export const SLACK_STORY: readonly Step[] = [
  {
    title: 'people see it in Slack',
    async play(stage, memory) {
      const card = await soon(() => cardWith(stage, '[PENDING] delete deployments payments/api'));
      memory.set('card', card?.place.ts ?? '');
      const isWhole =
        card?.text.includes('[ Approve ]') === true && card.text.includes('sa:agents/deploy-bot');
      const shown = [inSlack('#approvals', card?.text ?? 'nothing')];
      return isWhole ? { shown } : { shown, wrong: 'there is no card with a button' };
    },
  },
  {
    title: 'an account in Slack is a person only once it is linked from both sides',
    async play(stage, memory) {
      const alice = aliceIn(stage);
      const place = { channel: stage.slack.channel.id, ts: memory.get('card') ?? '' };
      await alice.click(place, 'Approve');
      const question = alice.dialog();
      const linking = stage.typing('approver', ['assent', 'link', 'slack']);
      const code = await soon(() => /^code: (\S+)/m.exec(linking.text())?.[1]);
      await soon(async () => {
        await alice.submit({ code: code ?? '' });
        return alice.dialog().includes('Is this you?') ? true : undefined;
      });
      const confirmation = alice.dialog();
      await alice.submit();
      await alice.closeDialog();
      const done = await linking.done;
      const shown = [
        inSlack('alice presses Approve', question),
        { who: 'approver', command: 'kubectl assent link slack', text: done.text },
        inSlack('alice types the code', confirmation),
      ];
      const isLinked = done.code === 0 && /linked: \w+ in \w+ decides as alice/.test(done.text);
      return isLinked ? { shown } : { shown, wrong: 'the account was not linked' };
    },
  },
  {
    title: 'one click decides, and the same change is admitted',
    async play(stage, memory) {
      const alice = aliceIn(stage);
      const place = { channel: stage.slack.channel.id, ts: memory.get('card') ?? '' };
      const { dialog = '' } = await alice.click(place, 'Approve');
      const after = await soon(() => cardWith(stage, '[APPROVED] delete deployments payments/api'));
      const deleted = await stage.kubectl('agent', ['delete', 'deployment', 'api', '-n', 'payments']);
      const used = await soon(() => {
        const cards = stage.slack.slack.messages(place.channel).filter(({ ts }) => ts === place.ts);
        const [text] = cards.map((message) => messageText(stage.slack.slack.world, message));
        return text?.includes('[USED]') === true && !text.includes('[ Approve ]') ? text : undefined;
      });
      const shown = [
        inSlack('alice presses Approve', dialog),
        { who: 'agent', command: 'kubectl delete deployment api -n payments', text: deleted.text },
        inSlack('#approvals', used ?? after?.text ?? 'nothing'),
      ];
      const isAdmitted = deleted.code === 0 && used !== undefined;
      return isAdmitted ? { shown } : { shown, wrong: 'the click did not let the change through' };
    },
  },
];
