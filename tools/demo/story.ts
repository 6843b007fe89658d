// The story of the demo as data: who types what, and what has to be seen. Each step is a real command on a real API server.
import { DEPLOYMENT } from './scene.ts';
import type { Cast, StoryStage } from './stage.ts';

/** What was typed and what came back. */
export interface Shown {
  readonly who: string;
  readonly command: string;
  readonly text: string;
}

/** One step: does something, shows it, and says what is wrong when it is not as told. */
export interface Step {
  readonly title: string;
  play(
    stage: StoryStage,
    memory: Map<string, string>,
  ): Promise<{ readonly shown: readonly Shown[]; readonly wrong?: string }>;
}

const DELETE = ['delete', 'deployment', 'api', '-n', 'payments'];
const REASON = 'INC-1412, replaced by api-v2';

/** Types a command as somebody. */
export async function type(stage: StoryStage, who: keyof Cast, args: readonly string[], input?: string) {
  const done = await stage.kubectl(who, args, input);
  const words = args.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word)));
  return { ...done, shown: { who, command: `kubectl ${words.join(' ')}`, text: done.text } };
}

/** Reads the name of the request out of a denial, as an agent would. */
const requestIn = (text: string): string => /^\s+request:\s+(\S+)/m.exec(text)?.[1] ?? '';

const expect = (isTrue: boolean, wrong: string): string | undefined => (isTrue ? undefined : wrong);

/** Steps 1 to 6 of the story: with kubectl alone. */
export const KUBECTL_STORY: readonly Step[] = [
  {
    title: "the agent's change is held",
    async play(stage, memory) {
      const done = await type(stage, 'agent', DELETE);
      memory.set('request', requestIn(done.text));
      const isHeld =
        done.code === 1 && done.text.includes('Approval required: delete deployments payments/api.');
      return result([done], expect(isHeld && requestIn(done.text) !== '', 'the delete was not held'));
    },
  },
  {
    title: 'a person sees what waits',
    async play(stage, memory) {
      const done = await type(stage, 'approver', ['get', 'approvalrequests']);
      const line = done.text.split('\n').find((one) => one.startsWith(memory.get('request') ?? '?')) ?? '';
      const isThere = [
        'Pending',
        'High',
        'delete',
        'deployments payments/api',
        'sa:agents/deploy-bot',
        '0/1',
      ];
      return result(
        [done],
        expect(
          isThere.every((word) => line.includes(word)),
          'the request is not listed as told',
        ),
      );
    },
  },
  {
    title: 'the agent cannot approve itself, whatever its rights',
    async play(stage, memory) {
      const done = await type(stage, 'agent', ['assent', 'approve', memory.get('request') ?? '', '--yes']);
      const isRefused =
        done.code === 1 && done.text.includes('refused: ') && done.text.includes('(self-approval)');
      return result([done], expect(isRefused, 'self-approval was not refused'));
    },
  },
  {
    title: 'a person approves exactly this change',
    async play(stage, memory) {
      const name = memory.get('request') ?? '';
      const done = await type(stage, 'approver', ['assent', 'approve', name, '--reason', REASON, '--yes']);
      return result(
        [done],
        expect(done.code === 0 && done.text.includes(`approved: ${name}`), 'it was not approved'),
      );
    },
  },
  {
    title: 'the same change is admitted',
    async play(stage) {
      const done = await type(stage, 'agent', DELETE);
      return result(
        [done],
        expect(done.code === 0 && /deployment\.apps "api" deleted/.test(done.text), 'it was not admitted'),
      );
    },
  },
  {
    title: 'one approval, one execution',
    async play(stage, memory) {
      const again = await type(stage, 'admin', ['apply', '-f', '-'], DEPLOYMENT);
      const done = await type(stage, 'agent', DELETE);
      const name = requestIn(done.text);
      const isNew = done.code === 1 && name !== '' && name !== memory.get('request');
      return result([again, done], expect(isNew, 'the second delete was not held by a new request'));
    },
  },
];

function result(done: readonly { readonly shown: Shown }[], wrong: string | undefined) {
  return { shown: done.map((one) => one.shown), ...(wrong === undefined ? {} : { wrong }) };
}
