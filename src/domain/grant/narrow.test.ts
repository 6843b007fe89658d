import { describe, expect, it } from 'vitest';
import { facts, offering, rule } from '../../../test/builders/asks.ts';
import type { AccessRule } from '../../api/access.ts';
import { judgeAsk } from './ask.ts';
import { readAsk, type Draft } from './read-ask.ts';
import type { PolicyRule } from './rules.ts';

const many = <T>(count: number, of: (at: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => of(at));
const THINGS = many(256, (at) => `things${at}`);
const sixteen = (from: number) => THINGS.slice(from * 16, from * 16 + 16);
const ROLE = many(16, (at) => rule(['get', 'list', 'update', 'delete'], sixteen(at)));
const NAMES = many(16, (at) => `name-${at}`);

/** Looks at rules and lookups, counted: how much work an ask is, whatever the machine. */
class Work {
  looks = 0;

  counted<T extends PolicyRule | AccessRule>(rules: readonly T[]): T[] {
    const look = () => (this.looks += 1);
    return rules.map((one) => ({
      ...one,
      get verbs() {
        look();
        return one.verbs;
      },
    }));
  }

  /** Judges an ask where so many ClusterRoles are offered. */
  judge(asked: object, offers: number) {
    const read = readAsk({ access: { namespaces: many(8, (at) => `shop-${at}`), ...asked } });
    if (!read.ok) throw new Error(read.refusal.about);
    const draft: Draft = { ...read.draft, rules: this.counted(read.draft.rules) };
    const access = many(offers, (at) => ({ role: `role-${at}`, namespaces: ['*'] }));
    const policies = many(Math.ceil(offers / 16), (at) =>
      offering(`policy-${at}`, access.slice(at * 16, at * 16 + 16)),
    );
    const roles = new Map(
      access.map(({ role }) => [role, { rules: this.counted(ROLE), isAggregated: false }]),
    );
    const lookup = () => {
      this.looks += 1;
      return { namespaced: true };
    };
    return judgeAsk(draft, facts({ policies, roles, ceiling: this.counted(ROLE), lookup }));
  }
}

const HOSTILE: Readonly<Record<string, object>> = {
  'many names': { rules: [rule(['get', 'patch'], sixteen(0), { resourceNames: NAMES })] },
  'many rules': { rules: many(16, (at) => rule(['delete', 'patch'], sixteen(at))) },
  'many rules, each with a name': {
    rules: many(16, (at) => rule(['get', 'patch'], sixteen(at), { resourceNames: [`name-${at}`] })),
  },
  'wildcards and many names': {
    rules: many(8, (at) =>
      rule(['*'], ['*'], { apiGroups: ['*'], resourceNames: NAMES.map((name) => `${name}-${at}`) }),
    ),
  },
  'a wildcard for everything': { rules: [rule(['*'], ['*'], { apiGroups: ['*'] })], namespaces: ['*'] },
  'where nothing is granted': {
    rules: [rule(['get', 'delete'], sixteen(0), { resourceNames: NAMES })],
    namespaces: ['assent-system', 'shop'],
  },
};

describe('the work that a refused ask is', () => {
  it.each(Object.entries(HOSTILE))('is bounded, and grows no faster than what is offered: %s', (_, asked) => {
    for (const offers of [1, 16, 64]) {
      const work = new Work();
      expect(work.judge(asked, offers).kind).toBe('refused');
      // The first judgement compares each of at most 512 deeds with each rule once or twice; an advice adds its budget.
      expect(work.looks, `${offers} offers`).toBeLessThan(100_000 + 2 * 512 * ROLE.length * offers);
    }
  });

  it('leaves room for an advice where somebody asks for a little too much', () => {
    const asked = { rules: [rule(['delete', 'patch'], ['things7'], { resourceNames: ['one', 'two'] })] };
    expect(new Work().judge(asked, 16)).toMatchObject({
      refusal: { code: 'not-offered' },
      instead: [{ rules: [{ verbs: ['delete'], resources: ['things7'], resourceNames: ['one', 'two'] }] }],
    });
  });
});
