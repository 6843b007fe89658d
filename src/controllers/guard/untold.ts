// What is to be told of tampering, and when. The first deed on an object is told at once, and within a minute of it whatever is new
// in kind, a few times; the rest is counted and told as one, so that whoever goes on and on fills neither the record nor the
// Events. Nothing is forgotten before it is told (INV-5). Pure.
import type { Tampering } from '../../domain/message/tampered.ts';
import type { KubeObject } from '../../kube/object.ts';

/** One finding, or several that are told as one. */
export interface Found {
  readonly tampering: Tampering;
  /** The object as it was put back; undefined: it is gone, or was not. */
  readonly stands: KubeObject | undefined;
  /** When it was found, the last of several. Epoch ms. */
  readonly at: number;
}

/** What goes on with one object. */
interface Spell {
  since: number;
  /** What was told at once since then. */
  told: Set<string>;
  atOnce: number;
  /** What was not. */
  more: Found | undefined;
}

const SPELL_MS = 60_000;
/** Of one object, within a spell. */
const MOST_AT_ONCE = 8;
/** Names of fields and field managers in what is told as one. */
const MOST_NAMES = 8;

/** All that is to be told. */
export class Untold {
  readonly #spells = new Map<string, Spell>();
  readonly #waiting = new Map<Found, string>();

  /** Somebody did something. */
  add(found: Found): void {
    const key = keyOf(found);
    const spell = this.#spells.get(key) ?? { since: found.at, told: new Set(), atOnce: 0, more: undefined };
    this.#spells.set(key, spell);
    const news = newsOf(found);
    if (spell.atOnce < MOST_AT_ONCE && news.some((one) => !spell.told.has(one))) {
      spell.atOnce += 1;
      for (const one of news) spell.told.add(one);
      this.#waiting.set(found, key);
    } else spell.more = together(spell.more, found);
  }

  /** What is to be told now. It comes again until it is told. */
  due(now: number): readonly Found[] {
    const waiting = new Set(this.#waiting.values());
    for (const [key, spell] of this.#spells) {
      // While nothing can be told, what comes meanwhile stays one.
      if (now - spell.since < SPELL_MS || waiting.has(key)) continue;
      this.#spells.delete(key);
      if (spell.more === undefined) continue;
      this.#waiting.set(spell.more, key);
      this.#spells.set(key, { since: now, told: new Set(newsOf(spell.more)), atOnce: 0, more: undefined });
    }
    return [...this.#waiting.keys()];
  }

  /** It is in the record. */
  isTold(found: Found): void {
    this.#waiting.delete(found);
  }
}

const keyOf = ({ tampering: { kind, name, deed } }: Found): string => `${kind} ${name} ${deed}`;

/** A deletion has no fields. */
const newsOf = ({ tampering: { fields } }: Found): readonly string[] => (fields.length === 0 ? [''] : fields);

function together(before: Found | undefined, { tampering, ...found }: Found): Found {
  const { times = 0, fields = [], by = [] } = before?.tampering ?? {};
  const names = (...all: readonly string[]) => [...new Set(all)].slice(0, MOST_NAMES);
  return {
    ...found,
    tampering: {
      ...tampering,
      fields: names(...fields, ...tampering.fields),
      by: names(...by, ...tampering.by),
      times: times + 1,
    },
  };
}
