import { describe, expect, it } from 'vitest';
import type { PersonFacts } from './lookups.ts';
import { rememberingPeople } from './standing.ts';

type Standing = PersonFacts['standing'] | 'unanswered';

/** Slack with people whose standing changes; counts its calls. */
class People {
  now = 0;
  calls = 0;
  standing: Standing = 'member';
  private readonly ask = rememberingPeople({ person: (id) => this.person(id) }, () => this.now);

  async standingOf(id: string): Promise<Standing> {
    const answer = await this.ask(id);
    return answer.kind === 'ok' ? answer.person.standing : 'unanswered';
  }

  private person(id: string) {
    this.calls += 1;
    const { standing } = this;
    if (standing === 'unanswered') return Promise.resolve({ kind: 'unknown', why: 'lost' } as const);
    return Promise.resolve({ kind: 'ok', person: { id, standing } as PersonFacts } as const);
  }
}

describe('the standing of people', () => {
  it('is asked once a minute of each member, and once for clicks at the same moment', async () => {
    const people = new People();
    expect(await Promise.all([people.standingOf('U1'), people.standingOf('U1')])).toEqual([
      'member',
      'member',
    ]);
    await people.standingOf('U2');
    expect(people.calls).toBe(2);
    people.now = 59_999;
    people.standing = 'guest';
    expect(await people.standingOf('U1')).toBe('member');
    people.now = 60_000;
    expect(await people.standingOf('U1')).toBe('guest');
    expect(people.calls).toBe(3);
  });

  it('is asked again when the clock was set back', async () => {
    const people = new People();
    people.now = 7_200_000;
    await people.standingOf('U1');
    people.now -= 3_600_000;
    people.standing = 'deleted';
    expect(await people.standingOf('U1')).toBe('deleted');
  });

  it.each(['guest', 'unanswered'] as const)(
    'is not remembered of whoever is no member: %s',
    async (standing) => {
      const people = new People();
      people.standing = standing;
      expect(await people.standingOf('U1')).toBe(standing);
      people.standing = 'member';
      expect(await people.standingOf('U1')).toBe('member');
    },
  );

  it('is asked of everybody again and again beyond ten thousand people, and remembered once some are forgotten', async () => {
    const people = new People();
    for (let index = 0; index < 10_000; index += 1) await people.standingOf(`U${index}`);
    await people.standingOf('UX');
    await people.standingOf('UX');
    expect(people.calls).toBe(10_002);
    people.now = 60_000;
    await people.standingOf('UX');
    await people.standingOf('UX');
    expect(people.calls).toBe(10_003);
  });
});
