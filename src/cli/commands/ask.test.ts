import { describe, expect, it } from 'vitest';
import { ACCESS_STATUSES } from '../../../test/builders/cards.ts';
import { aFakeApi, aFakeScreen, aStoredRequest } from '../../../test/builders/cli.ts';
import { anAccess, asksFor } from '../../../test/builders/request-facts.ts';
import type { ApprovalRequestStatus } from '../../api/approval-request.ts';
import { ApiError, UnreachableError } from '../../kube/errors.ts';
import { parseCommand } from '../arguments.ts';
import { EXIT } from '../screen.ts';
import { ask, askFrom } from './ask.ts';
import { wait } from './wait.ts';

const WORDS = 'ask --verb delete --resource pods --name web-7 -n shop --reason stuck';
const typed = (more = '') => {
  const parsed = parseCommand(`${WORDS}${more}`.split(' '));
  if (!parsed.ok || parsed.command.verb !== 'ask') throw new Error('no ask');
  return parsed.command;
};
const RULE = { verbs: ['delete'], apiGroups: [''], resources: ['pods'] };
const SERVED = { version: 'v1', rank: 0, kind: '', namespaced: true, verbs: [], subresources: [] };
const asked = (status: ApprovalRequestStatus) => aStoredRequest('ask-1', asksFor(), status);

describe('ask', () => {
  it('sends what was typed and nothing else, says what was understood and how to wait', async () => {
    const [api, screen] = [aFakeApi([]), aFakeScreen()];
    expect(await ask(typed(), api, screen)).toBe(EXIT.ok);
    const rules = [{ apiGroups: [''], resources: ['pods'], resourceNames: ['web-7'], verbs: ['delete'] }];
    expect(api.asked).toEqual([{ access: { rules, namespaces: ['shop'], seconds: 600 }, reason: 'stuck' }]);
    expect(screen.lines).toEqual([
      `asked for access to delete pods shop/web-7, for one write within 10m.
  request: ask-1   state: Pending   expires: 2026-11-22T14:05:00Z
  wait:    kubectl wait apr/ask-1 --for=condition=GrantActive --timeout=4h
  or:      kubectl assent wait ask-1 --timeout 4h   which ends as well when the answer is no`,
    ]);
  });

  it('reads the word for a resource as the cluster has it, and asks nothing where it means two things', async () => {
    const things = (group: string) => ({ ...SERVED, group, resource: 'things', aliases: ['pods'] });
    const [api, screen] = [aFakeApi([]), aFakeScreen()];
    api.served = () => Promise.resolve({ resources: [things('a.example')], stale: [] });
    expect(await ask(typed(), api, screen)).toBe(EXIT.ok);
    expect(api.asked[0]?.access.rules).toMatchObject([{ apiGroups: ['a.example'], resources: ['things'] }]);
    api.served = () => Promise.resolve({ resources: [things('a.example'), things('b.example')], stale: [] });
    expect(await ask(typed(), api, screen)).toBe(EXIT.usage);
    expect(screen.errors).toEqual([
      'pods means several things in this cluster; say which: --resource things.a.example or things.b.example',
    ]);
    expect(api.asked).toHaveLength(1);
  });

  it('takes the word as it is where the cluster does not say what it serves', async () => {
    const api = aFakeApi([]);
    api.served = () => Promise.reject(new ApiError(403, { message: 'forbidden' }));
    expect(await ask(typed(), api, aFakeScreen())).toBe(EXIT.ok);
    expect(api.asked[0]?.access.rules).toMatchObject([{ apiGroups: [''], resources: ['pods'] }]);
    api.served = () => Promise.reject(new UnreachableError('connection', 'nobody there'));
    await expect(ask(typed(), api, aFakeScreen())).rejects.toThrow('nobody there');
  });

  it('says that of several names one write is made in all', async () => {
    const told = async (words: string) => {
      const screen = aFakeScreen();
      const rules = [{ ...RULE, resourceNames: words.split(',') }];
      const made = aStoredRequest('ask-1', asksFor(anAccess({ rules, once: !words.endsWith('!') })));
      expect(await ask(typed(), { ...aFakeApi([]), ask: () => Promise.resolve(made) }, screen)).toBe(EXIT.ok);
      return screen.lines.join();
    };
    const once = '  once:    one write in all; for one on each name: --several\n';
    expect(await told('web-7,web-8')).toContain(once);
    expect(await told('web-7')).not.toContain('once:');
    expect(await told('web-7,web-8!')).not.toContain('once:');
  });

  it('prints data on stdout alone', async () => {
    const screen = aFakeScreen();
    expect(await ask(typed(' -o name'), aFakeApi([]), screen)).toBe(EXIT.ok);
    expect(screen.lines).toEqual(['approvalrequest.assent.dev/ask-1']);
    expect(screen.errors[0]).toContain('asked for access');
  });

  it('goes on as wait does', async () => {
    const screen = aFakeScreen();
    const api = aFakeApi([], asked(ACCESS_STATUSES['granted']!));
    expect(await ask(typed(' --wait'), api, screen)).toBe(EXIT.ok);
    expect(screen.lines.at(-1)).toBe('ask-1: Approved, granted until 2026-11-22T10:37:00Z');
  });

  it('keeps the reason in the command that would be taken', async () => {
    const message =
      'admission webhook "stamp.assent.dev" denied the request: Ask refused: no.\n  instead: kubectl assent ask --for 5m --reason "..."';
    const screen = aFakeScreen();
    await ask(
      typed(),
      { ...aFakeApi([]), ask: () => Promise.reject(new ApiError(403, { message })) },
      screen,
    );
    expect(screen.errors).toEqual([
      "Ask refused: no.\n  instead: kubectl assent ask --for 5m --reason 'stuck'",
    ]);
  });

  it.each([
    [
      403,
      'admission webhook "stamp.assent.dev" denied the request: Ask refused: too wide.\n  instead: kubectl assent ask',
      EXIT.failed,
      'Ask refused: too wide.\n  instead: kubectl assent ask',
    ],
    [
      500,
      'failed calling webhook "stamp.assent.dev": failed to call webhook: no route',
      EXIT.unanswered,
      'Assent does not answer; nothing was asked\nno route',
    ],
  ])('tells a refusal in its own words (%d)', async (code, message, exit, words) => {
    const screen = aFakeScreen();
    const api = { ...aFakeApi([]), ask: () => Promise.reject(new ApiError(code, { message })) };
    expect([await ask(typed(), api, screen), screen.errors]).toEqual([exit, [words]]);
  });
});

describe('wait for access', () => {
  it.each<[ApprovalRequestStatus, number, string]>([
    [{ state: 'Pending' }, EXIT.pending, 'Pending, not answered yet; it expires at 2026-11-22T14:05:00Z'],
    [ACCESS_STATUSES['approved']!, EXIT.pending, 'Approved, not granted yet'],
    [
      {
        ...ACCESS_STATUSES['approved']!,
        grant: { hindered: [{ namespace: 'shop', why: 'GrantRefused', words: 'the ceiling lacks it' }] },
      },
      EXIT.pending,
      'Approved, not granted in shop: the ceiling lacks it',
    ],
    [ACCESS_STATUSES['granted']!, EXIT.ok, 'Approved, granted until 2026-11-22T10:37:00Z'],
    [ACCESS_STATUSES['used']!, EXIT.ok, 'Reserved, its one write was made'],
    [
      { state: 'Approved', grant: { createdAt: '2026-11-22T10:07:01Z', endedAt: '2026-11-22T10:08:00Z' } },
      EXIT.expired,
      'Approved, and ended: nothing says why',
    ],
    [ACCESS_STATUSES['ended']!, EXIT.ok, 'Ended, it was used'],
    [ACCESS_STATUSES['revoked']!, EXIT.expired, 'Ended, it was revoked: "wrong pod"'],
    [{ state: 'Denied' }, EXIT.denied, 'Denied'],
    [{ state: 'Expired' }, EXIT.expired, 'Expired, nobody answered in time: ask again'],
  ])('%j exits %d', async (status, code, words) => {
    const screen = aFakeScreen();
    const command = { ...typed(), verb: 'wait' as const, name: 'ask-1' };
    // What the watch waits for is what the exit code says.
    const api = {
      ...aFakeApi([]),
      waitFor: (_name: string, until: (request: ReturnType<typeof asked>) => boolean) => {
        expect(until(asked(status))).toBe(code !== EXIT.pending);
        return Promise.resolve(asked(status));
      },
    };
    expect(await wait(command, api, screen)).toBe(code);
    expect(screen.lines).toEqual([`ask-1: ${words}`]);
  });
});

describe('ask after a refusal', () => {
  const said = (text: string, reason?: string) => {
    const screen = aFakeScreen();
    return { code: askFrom({ verb: 'ask-from', text: '-', seconds: 300, reason }, text, screen), screen };
  };
  const refusal = (verb: string, where = 'in the namespace "shop"'): string =>
    `Error from server (Forbidden): pods${verb === 'list' ? '' : ' "web-7"'} is forbidden: User "x" cannot ${verb} resource "pods" in API group "" ${where}`;

  it('prints a command that can be typed, and it asks for exactly what was refused', () => {
    const { code, screen } = said(refusal('delete'), "it's stuck");
    expect([code, screen.lines]).toEqual([
      EXIT.ok,
      [
        String.raw`kubectl assent ask --verb delete --resource pods --name web-7 -n shop --for 5m --reason 'it'\''s stuck'`,
      ],
    ]);
    const words = (screen.lines[0] ?? '').split(" --reason '")[0]?.split(' ').slice(2) ?? [];
    expect(parseCommand(words)).toMatchObject({
      command: {
        access: {
          rules: [{ apiGroups: [''], resources: ['pods'], resourceNames: ['web-7'], verbs: ['delete'] }],
          namespaces: ['shop'],
          seconds: 300,
        },
      },
    });
  });

  it('prints the command of a refusal by Assent itself, which knows it, with the reason that was typed', () => {
    const typable = 'kubectl assent ask --verb delete --resource pods --name web-7 -n shop --for 10m';
    const denied = `Error from server: admission webhook "gate.assent.dev" denied the request: Access needed: delete pods shop/web-7.\n  policy:  shop\n  then:    ${typable} --reason "..."\n  code:    ASSENT-D019\n`;
    const { code, screen } = said(denied, "it's stuck");
    expect([code, screen.lines]).toEqual([EXIT.ok, [String.raw`${typable} --reason 'it'\''s stuck'`]]);
    expect(said(denied).screen.lines).toEqual([`${typable} --reason "..."`]);
  });

  it.each([
    ['nothing', 'this is no refusal by RBAC: it would say who cannot do what, in which namespace'],
    [
      refusal('list', 'at the cluster scope'),
      'nobody can ask for pods of all namespaces at once; ask in one: kubectl assent ask --verb list --resource pods -n NAMESPACE --for 5m --reason "..."',
    ],
  ])('says why there is nothing to ask for (%#)', (text, words) => {
    const { code, screen } = said(text);
    expect([code, screen.errors, screen.lines]).toEqual([EXIT.failed, [words], []]);
  });
});
