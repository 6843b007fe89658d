// What each proof target is: its help, the lines above its table and its section of docs/reference/proofs.md say this.
import { CHANGE_KINDS } from '../../src/domain/change/change.ts';
import type { Flag, Flags, Proof } from './proof.ts';

const proof = <const F extends Flags>(one: Proof<F>): Proof<F> => one;

const number = <const More extends object>(what: string, more: More) =>
  ({ kind: 'number', what, ...more }) as const satisfies Flag;

/** Legend of the line that the audit oracle prints. */
export const ORACLE_LEGEND: readonly string[] = [
  "audit oracle: judges the API server's own log of writes, without a line of Assent's code. without effect: let through, and",
  '  nothing changed; unprovable: the log leaves the bodies out (Secrets), so a change cannot be told from none; repeats: allowed',
  '  repetitions of one execution; policies not judged: those with conditions that only the gate can evaluate.',
];

/** `make sweep` */
export const SWEEP = proof({
  name: 'sweep',
  proves:
    'Sends every resource x verb x way of sending it to a real API server with one policy that names everything: what is no read is held, approved once and admitted once (INV-1, INV-2), or the golden table says why not.',
  flags: {
    only: {
      kind: 'names',
      what: 'plays these only: a resource (secrets), with its group (deployments.apps), or a group (apps)',
    },
    'write-golden': {
      kind: 'switch',
      what: 'writes what was seen to test/golden/sweep, for people to review',
    },
  },
  examples: [
    ['--only=deployments.apps', 'one kind'],
    ['--only=secrets,configmaps', 'two kinds'],
  ],
  legend: [
    'cell: one resource x verb x way (kubectl, JSON, protobuf, each patch, other versions ...). asked: held, approved, admitted once,',
    '  denied after. refused: the API server says no before it asks any webhook. collection: denied with advice, since no approval can',
    '  be bound to a whole collection. closed, ungated, unsent: our own kinds, reviews that no policy holds, no review at all; for the',
    '  cells of those "with a reason why none comes", test/sweep/reasons.ts has the sentence, and the golden table the verdict.',
  ],
  page: {
    tries:
      'Every kind that the API server serves, with every verb, and every way a client can send it: plain JSON and YAML, protobuf, each sort of patch, server-side apply, other API versions, dry-run. Then manifests sent twice by several clients, which must have one fingerprint, and every leaf of the recorded reviews with another value, which must have another.',
    counts:
      'A cell counts when its review was seen, or when the golden table has the verdict and there is a written reason why none comes. With `--only` the cells of the chosen kinds are required just the same; that there are 60 kinds and 1,500 cells is asked of the whole only.',
    violation:
      '`surprise: secrets create json: ungated 201, not asked 201`. One line for each cell that is not as in the golden table, kind without a stub, fingerprint that is wrong, and violation in the audit log.',
    takes: 'Some ten to twenty minutes; one kind half a minute.',
    closing: 'sweep: K kinds, C cells, 0 surprises',
  },
});

/** `make races` */
export const RACES = proof({
  name: 'races',
  proves:
    'Uses ten thousand approvals, each by many submissions at once, with one to three gates, while gates are killed, API servers restart, connections are cut and clocks are wrong: none is used twice, and none that was provably unused is lost (INV-2).',
  flags: {
    count: number(
      'so many races. Alone: a sample of all moods, faults and numbers of gates; default 10000, all',
      {},
    ),
    from: number('the seeds from this one on, in their order, without sampling', { least: 0 }),
    each: number('at most so many of each block of 500 seeds', {}),
    seed: number('repeats the race of one seed', { least: 0 }),
    lanes: number('so many are active at once; default 16', {}),
    fresh: { kind: 'switch', what: 'forgets what an interrupted run of the same words kept' },
  },
  examples: [
    ['--seed=17', 'one race again'],
    ['--from=3000 --count=500', 'the seeds 3000 to 3499: one block'],
    ['--each=20', 'twenty races of each of the twenty blocks'],
    ['--count=200', 'a sample with every fault in it'],
  ],
  legend: [
    're-admitted: the same change passed again under its reservation. released: a reservation was proved to have done nothing, so',
    '  the approval could be reserved again. burnt: it was used up without such a proof. overtaken: another writer came between.',
    '  swapped: a compare-and-swap on the approval was lost, since somebody else had written it. conflict: either of them. double: one',
    '  approval, two executions. lost: provably unused, and denied all the same. clock: no fault but the clocks of gates an hour off.',
  ],
  page: {
    tries:
      'Twelve ways to make a change, 2 to 100 submissions at once, other writers, a sibling webhook that refuses, and the faults of the table. A seed decides everything about a race. Blocks of 500 seeds share a control plane, a mood (calm, kills, restarts, cuts, clocks, mixed) and a number of gates (1 to 3). `--count` alone takes its races evenly from seven blocks that have every mood and every number of gates (from 3,501 on: from all twenty); with `--from` it means the seeds from there on. The same words give the same races.',
    counts:
      "Executions are counted from the API server's audit log. At least 30 % of the races must meet a conflict; fewer than 100 races need not. The faults that struck in no race are named before the closing line.",
    violation:
      '`FAILED, make races ARGS=--seed=17: double: delete-... had 2 executions`. The command repeats the race; `.run/races-failed` keeps the audit log of its block.',
    takes:
      'Some 75 minutes; `--count=200` some five minutes. Ctrl-C keeps the blocks that are done, and the same words go on from there.',
    closing: 'races: 10000 runs, 0 double, 0 lost',
  },
});

/** `make kills` */
export const KILLS = proof({
  name: 'kills',
  proves:
    'Kills gate or controller with kill -9 before and after each write that they make to the API server: the story goes on within 15 s of the kill, with one approval and one execution (INV-1, INV-2).',
  flags: {
    only: {
      kind: 'text',
      what: 'those points only whose line has this text, such as gate/reserve.ts or leases',
    },
    lanes: number('plays on so many control planes at once; default 2', {}),
  },
  examples: [
    ['--only=leases', 'one sort of write'],
    ['--only=gate/reserve.ts --lanes=1', 'the reservation, on one control plane'],
  ],
  legend: [
    'A point is one write: by which part, to what, the how manyth (#1 ...), from which line of the code. before and after: how long',
    '  until everything that needs the killed part was done again, for a kill before and one after the write. not reached: a repeated',
    '  write that did not come this time; the first of its kind must, unless gate and controller race for it.',
  ],
  page: {
    tries:
      'Stories (an approval, a denial, a start, a change of policy ...) are played once to list every write that the parts make; then each again with a kill before and after each write. The part is started again, as a kubelet does.',
    counts:
      'The list of points comes from the sources: a write in the code that no story reaches is broken. The audit oracle judges every log.',
    violation:
      '`BROKEN` in the table, and below the row what was not done in time, or an audit line with INV-1 or INV-2.',
    takes: 'Some 11 minutes.',
    closing: 'kills: P points, 0 broken',
  },
});

/** `make access` */
export const ACCESS = proof({
  name: 'access',
  proves:
    'Asks for access in every way of the table of asks: what is offered is granted to the letter and goes at its end, everything else is refused in these words. Then kills gate or controller with kill -9 around every write between an ask and its end: no Role and no binding outlives what was approved (INV-4).',
  flags: {
    asks: { kind: 'text', what: 'those asks only whose name has this text, such as secret' },
    only: {
      kind: 'text',
      what: 'those kills only whose line has this text, such as grants/settle.ts or leader',
    },
    lanes: number('kills on so many control planes at once; default 2', {}),
  },
  examples: [
    ['--only=rolebindings', 'all asks, and the kills around writes to bindings'],
    ['--asks=secret --only=leader', 'two asks, and a leader that sleeps'],
  ],
  legend: [
    'asked: the answer is that of the golden table. granted: besides, a person approved it, and what the API server says that the',
    '  requester may do (SelfSubjectRulesReview, in every namespace) differed from before by exactly the ask, until it was taken back.',
    '  surprise: any other answer or difference. orphan: a Role or binding of a grant that no standing request backs, for more than 5 s',
    '  while the operator runs, or until more than 15 s after it was started. before and after: as in make kills. scene: a kill that is no',
    '  point: of one of two leaders, of a leader that sleeps (SIGSTOP), of the API server.',
  ],
  page: {
    tries:
      'The asks of `test/golden/asks.tsv`, through the running gate. Then the story of access (asked for, approved, granted, used, edited by hand, taken back) and short ones that end by time, by use and by a freeze, each with a kill before and after each write on that path. Then three scenes: two controllers that both believe they lead, one of which dies at the end; a leader that sleeps for a minute over the end while another takes over; an API server that is away over the end.',
    counts:
      'The table is always sent whole, since its asks build on each other; those that were chosen count. What should be there is read from what the agent wrote and from the decisions that are stored, not from what Assent says. The audit oracle judges every log.',
    violation:
      '`surprise: a subresource: ...`, `orphan: RoleBinding default/assent-grant-... is left after 5103 ms: its time is over`, `BROKEN`, or an audit line with INV-1 or INV-2.',
    takes: 'Some ten minutes.',
    closing: 'access: A asks, 0 surprises; K kills, 0 orphans',
  },
});

/** `make slack` */
export const SLACK = proof({
  name: 'slack',
  proves:
    'Has twenty agents ask at once in one channel of a fake Slack that limits, fails and loses answers, kills the leader and replaces all controllers meanwhile, and lets clicks race for two replicas: nothing is posted twice, nothing is lost, each request is decided once and by the right people (INV-3).',
  flags: {
    requests: number('so many requests in the burst, at most 200; default 200', {}),
    clicks: number('so many clicks of the table; default 1000', {}),
    seed: number('of faults, verdicts and clicks; default 1', { least: 0 }),
  },
  examples: [
    ['--seed=7', 'other faults and other clicks'],
    ['--requests=40 --clicks=150', 'a small run'],
  ],
  legend: [
    'card, list: a message of its own, and from five waiting requests on one for all. final states: from the last verdict until every',
    '  message says it and offers nothing more, with what the limit of Slack allows for it. again: nothing had come of a right click,',
    '  mostly since Slack limits the question who the person is, so it was made again. cell: one line of the click table (who clicks',
    '  what) by socket or by callback. surprise: a decision that no cell allows, a request without exactly one verdict in the log of the',
    '  API server, words that are not for that role, a message that is late or wrong, a violation of the audit oracle.',
  ],
  page: {
    tries:
      'First the burst: 10 requests of each agent at once. Sends meet 429s, 500s, answers that never come and connections that are reset after Slack took the message; the leader is killed with -9 between a send and its note, and all controllers are replaced while people decide. Then the clicks: right people, the same one twice, two accounts of one person, owners, agents, guests, strangers, people without the right or without a link, forged and replayed buttons; first by sockets, then by signed callbacks, each to any one of two replicas. From five waiting requests on a channel has a list, from which nothing can be decided, so the clicks come in waves of four requests, each with about nineteen clicks at once on cards of their own.',
    counts:
      "Messages are counted in the history of the fake Slack by the metadata of each send; a list counts for as many requests as it says it is about, and those that are noted to be in it must be as many. Decisions are counted in the API server and its audit log. A click's cell says what may come of it: a decision of this account about this request, or nothing.",
    violation:
      '`duplicate: ...:post arrived twice, again as 1785.0001`, `lost: the channel shows 199 requests of 200`, `surprise: ...: Approve of ... by U00000012, which no click may have led to`. The last line but a few has the command with the seed.',
    takes: 'Some eight minutes: a channel takes one message a second.',
    closing: 'slack: 200 requests, 0 duplicate, 0 lost; C cells, 0 surprises',
  },
});

/** `make model` */
export const MODEL = proof({
  name: 'model',
  proves:
    "Explores everything that can happen to an approval, within bounds, with the gate's and the controller's own code as the steps: no order of events breaks INV-2, INV-7 or INV-8. Then five broken protocols must be caught.",
  flags: {},
  words: { label: 'KIND', choices: CHANGE_KINDS, what: 'explores these kinds of change only' },
  examples: [['update token', 'two kinds of change']],
  legend: [
    'states, steps, depth: different situations, moves between them, longest shortest way to one. allowed again: the gate let the same',
    '  review pass under its reservation. Reserved again: released and used after all. denied: spent: a used approval was refused.',
    '  conflict: a compare-and-swap was lost. effect: the change was done; same effect again: the residue that INV-2 names.',
    '  A mutation is an edit of the code that breaks the protocol: caught means that the explorer found the way to the harm.',
  ],
  page: {
    tries:
      'For each kind of change: submissions, decisions, controllers, retries, clocks, crashes and conflicts, in every order, within the bounds of `test/model/scopes.ts`. See [the protocol](protocol.md).',
    counts:
      'Every state is checked against the invariants. Each of five mutations (listed in `test/model/mutations.ts`) must be caught, and a full run must have seen each sort of step.',
    violation:
      'The rule, and below it the shortest trace to it, a step a line; or `NOT CAUGHT` behind a mutation.',
    takes: 'Some nine minutes; one kind of change two.',
    closing: 'model: S states, 0 violations, 5 of 5 mutations caught',
  },
});

/** Names of the fuzz targets; a test compares them with the targets themselves, which must not be loaded before coverage. */
const FUZZED = ['json', 'review', 'change', 'difference', 'applied', 'mask', 'cel'] as const;

/** `make fuzz` */
export const FUZZ = proof({
  name: 'fuzz',
  proves:
    'Searches for inputs that break a property of the code that reads what agents send (INV-7, INV-9, INV-10), guided by coverage, from a kept corpus.',
  flags: {
    seconds: number('for so long, shared by the targets; default 60', { env: 'SECONDS' }),
    runs: number('so many executions of each target instead: with a seed, the same search again', {}),
    seed: number('of the search; default: another one each time, printed', { least: 0, env: 'SEED' }),
    target: { kind: 'names', choices: FUZZED, what: 'these only' },
    keep: { kind: 'switch', what: 'writes the minimised corpus back to the tree' },
  },
  examples: [
    ['--target=json,cel', 'two targets'],
    ['--target=json --seed=7 --runs=2000', 'a search that can be repeated'],
  ],
  legend: [
    'executions: inputs that were run. edges: places of the code that were reached. corpus: inputs worth keeping, before and after,',
    '  since each reached something new. findings: different inputs that broke a property, made as small as they go.',
  ],
  page: {
    tries: `The properties of ${FUZZED.length} targets (${FUZZED.join(', ')}): nothing throws, nothing is read in two ways, no secret shows.`,
    counts:
      'Each different broken property is one finding. `make test` runs the kept corpus and a fixed number of new inputs.',
    violation: '`FINDING`, the property, and the smallest input, kept in `.run/fuzz`.',
    takes: 'As long as you like, 60 seconds by default.',
    closing: 'fuzz: T targets, E executions, 0 findings',
  },
});

/** Halves of the end-to-end test. */
const PHASES = ['install', 'upgrade'] as const;
/** One of them. */
export type Phase = (typeof PHASES)[number];

/** `make e2e` */
export const E2E = proof({
  name: 'e2e',
  proves:
    "Installs Assent with the real helm into the cluster of `make cluster`, plays the story of the demo through it, upgrades from the release before under load, through every mixture of versions, and takes it out again: nothing is wrongly allowed, nobody else's write fails, nothing is left (INV-1, INV-2, INV-6).",
  flags: {
    only: { kind: 'names', choices: PHASES, what: 'this half only' },
  },
  examples: [
    ['--only=install', 'install, the story, uninstall'],
    ['--only=upgrade', 'the release before, the upgrade under load, uninstall'],
  ],
  legend: [
    "wrongly allowed: an agent's change went through that nobody approved. ungated failure: a write of a person was not answered with",
    "  yes. lost: an agent's write got no verdict, whether a policy names it or not, or an approved one did not go through in 15 s.",
    '  leftovers: objects in the cluster, of whatever kind, that were not there before the install.',
  ],
  page: {
    tries:
      'Two images: of this checkout, and of the release before, built from the commit that is kept for it; its kinds have an older schema. Load at 40 % of what the cluster was measured to take, half of it held and half free, and an approval every two seconds, while gates and controllers are restarted, upgraded, mixed with those of the release before, evicted and deleted. What was asked for under the release before is approved and used under this one.',
    counts:
      "Writes are sent when they are due, whatever became of the one before, and each has one right answer. The API server's own log of writes is judged by the audit oracle.",
    violation: '`NOT AS TOLD` under a step, with what came instead.',
    takes: 'Some six minutes, and three more for the first build of each image.',
    closing: 'e2e: S steps, 0 wrongly allowed, 0 ungated failures, 0 leftovers',
  },
});

/** `make faults` */
export const FAULTS = proof({
  name: 'faults',
  proves:
    "Breaks one thing after the other on the cluster of `make cluster` while writes go on: pods killed, stopped and drained, certificate and registrations lost, API server and etcd restarted and set back, everything started cold. No agent's change goes through meanwhile but where the page says so, and nobody else's write fails (INV-1, INV-6, INV-7).",
  flags: {
    only: { kind: 'names', what: 'these only, such as gate-killed; the page stays as it is then' },
  },
  examples: [
    ['--only=gate-killed,drain', 'two of them'],
    ['--only=cold-start', 'every pod gone at once'],
  ],
  legend: [
    'noticed: until the first sign of it. over: until pods and registrations are as before. felt: until the last write that came to',
    "  anything but what it should. without verdict: an agent's write was refused with an error. unanswered: the API server itself was",
    '  away.',
  ],
  page: {
    tries:
      'Twelve faults, each while ten changes that are held and ten writes that concern nobody are sent every second.',
    counts: 'A whole run writes docs/operate/faults.md.',
    violation: '`NOT AS TOLD` under a row.',
    takes: 'Some ten minutes.',
    closing: 'faults: F faults, 0 not as told',
  },
});

/** Names of the benchmarks, in the order in which they run. */
const BENCHMARKS = ['ungated', 'judged', 'crowded', 'asking', 'bystander', 'click', 'grants'] as const;
/** One of them. */
export type Benchmark = (typeof BENCHMARKS)[number];

/** `make bench` */
export const BENCH = proof({
  name: 'bench',
  proves:
    'Measures what Assent costs: changes that are not gated, that are judged, and that ask, each against a control server that is started in the same run; and how long it takes from a click in Slack until the change is admitted.',
  flags: {
    only: {
      kind: 'names',
      choices: BENCHMARKS,
      what: 'these only; the rows of the others stay in bench/latest.json as they are',
    },
  },
  examples: [
    ['--only=asking,click', 'two of them'],
    ['--only=click', 'from the click to the change'],
  ],
  legend: [
    'value: median of the rounds. ratio: against the control of the same round, with its least and greatest (min-max) beside it; a row',
    '  without one is a control, or has a time for a goal, with the least and greatest time beside it. goal: the largest ratio, or',
    '  time, wanted; over: it was larger. Goals are reported, not enforced.',
    'click: from the moment at which Slack hands over the click until the API server admits the change that the agent sends again as',
    "  soon as it sees the approval. The stand-in for Slack answers at once: a call of the real one's users.info, once a minute for each person, comes on top.",
  ],
  page: {
    tries:
      'Each row in rounds, with the control interleaved ([ADR 0016](../adr/0016-controls-of-the-bench.md)). Writes `bench/latest.json`.',
    counts:
      'Ratios, not times: times are those of the machine. The way from a click to the change is the exception: people feel it as a time.',
    violation:
      'It proves no invariant: `over` behind a row is a goal that was missed, and the exit code stays 0.',
    takes: 'Some 20 minutes.',
    closing: 'bench: R rows, O over goal',
  },
});

/** All, in the order of the page. */
export const PROOFS: readonly Proof[] = [MODEL, SWEEP, RACES, KILLS, ACCESS, SLACK, E2E, FAULTS, FUZZ, BENCH];
