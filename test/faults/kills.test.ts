// The short form of `make kills`: every place at which gate or controller write is found and reached by a story, and a few
// kills, drawn by a seed, at which the story goes on to its end. The audit oracle of the run judges its log.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, readSources } from '../architecture/source.ts';
import { planKills, type Plan, type Told } from './kills-plan.ts';
import { writeSites } from './kills-points.ts';
import { STORIES } from './kills-stories.ts';
import { startWorld, type World } from './kills-world.ts';
import { randomOf } from './races-random.ts';

/** Also for a step of a machine with other things to do: the promise of 15 s is shown by `make kills`. */
const PATIENCE_MS = 90_000;
const KILLS = 2;
const seed = Number(process.env['SEED'] ?? 20_261_122);

const root = new URL('../../', import.meta.url).pathname;
const sources = readSources(root, ['src']);
const sites = writeSites(sources);

describe('the list of writes', () => {
  const writes: readonly (readonly [what: string, text: string])[] = [
    ['r.create', 'const r = resource<Foo>(client, D); await r.create({});'],
    ['calls.patch', 'function f(calls: Resource<KubeObject>) { return calls.patch("a", {}); }'],
    ['requests.delete', 'const f = (ours: { requests: Resource<A> }) => ours.requests.delete("a");'],
    ['api.replaceStatus', 'class A { #api: GateApi; f() { return this.#api.replaceStatus(r, s); } }'],
    ['ports.forget', "const f = (ports: Pick<RequestPorts, 'forget'>) => ports.forget(r);"],
    ['store.create', 'const f = (store: SecretStore) => store.create("a", {});'],
    ['createEvent', 'const f = () => createEvent(client, draft);'],
    ['subjectAccessReview', 'const f = () => subjectAccessReview(client, question);'],
    ['client.request', "const f = (client: KubeClient) => client.request({ method: 'POST', path });"],
  ];
  const others: readonly string[] = [
    'const f = (calls: Resource<A>) => calls.get("a");',
    'const f = (seen: Map<string, string>) => seen.delete("a");',
    "const f = (text: string) => text.replace('a', 'b');",
    "const f = (client: KubeClient) => client.request({ method: 'GET', path });",
  ];
  const texts = [...writes.map(([, text]) => text), ...others];
  const added = texts.map((text, index) => parse(`src/gate/new-${index}.ts`, text));
  const found = writeSites([...sources, ...added]);
  const inFile = (text: string) =>
    found
      .filter(({ at }) => at.startsWith(`gate/new-${texts.indexOf(text)}.ts:`))
      .map(({ what }) => what.split(': ')[1]);

  it.each(writes)('would hold a new one: %s', (what, text) => {
    expect(inFile(text)).toEqual([what]);
  });

  it.each(others)('holds nothing else: %s', (text) => {
    expect(inFile(text)).toEqual([]);
  });
});

describe('kill -9', () => {
  let world: World;
  let plan: Plan;
  beforeAll(async () => {
    world = await startWorld('kills', PATIENCE_MS);
    const told: Told[] = [];
    for (const [story, steps] of Object.entries(STORIES)) {
      const played = await world.play(steps);
      if (played.broken !== undefined) throw new Error(`${story}, without a kill: ${played.broken}`);
      told.push({ story, writes: played.told });
    }
    plan = planKills(sites, told);
  }, 600_000);
  afterAll(() => world.stop());

  it('has a point at every write of the sources, and there is no other write', () => {
    expect(plan.broken).toEqual([]);
    expect(plan.points.length).toBeGreaterThan(sites.length);
  });

  it(`INV-2: at any write lets the story go on to its end (seed ${seed})`, { timeout: 900_000 }, async () => {
    const random = randomOf(seed);
    // Writes of a Lease come by the clock, and raced ones not always: `make kills` tries those.
    const firsts = plan.points.filter(
      ({ count, order, isRaced }) => count === 1 && !isRaced && !order.includes('kube/lease.ts'),
    );
    for (let kill = 0; kill < KILLS; kill += 1) {
      // Half of them at the gate: a controller's Lease makes each of its kills cost ten seconds.
      const part = kill % 2 === 0 ? 'gate' : 'controller';
      const point = random.pick(firsts.filter((one) => one.part === part));
      const order = `${part}:${random.pick(['before', 'after'])}:${point.order}`;
      const steps = STORIES[point.story];
      const played = steps && (await world.play(steps, order));
      expect(played?.broken, order).toBeUndefined();
      expect(played?.deaths, order).toHaveLength(1);
      expect(played?.deaths[0]?.recoveredAt, order).toBeDefined();
    }
  });
});
