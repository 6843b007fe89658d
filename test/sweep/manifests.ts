// Manifests submitted twice by each of four clients - kubectl create, kubectl apply, server-side apply, a plain client - are
// one change each: one request with one fingerprint, whoever sends it.
import { stringify } from 'yaml';
import type { ControlPlane } from '../../tools/controlplane/start.ts';
import { requestIn } from './client.ts';
import type { Agent, Stage } from './stage.ts';
import type { Subject } from './subject.ts';

/** What came of it. */
export interface Submitted {
  readonly kinds: number;
  readonly submissions: number;
  readonly fingerprints: number;
  readonly complaints: readonly string[];
}

/** An agent may open 60 requests in a minute and have 100 pending. */
const CHUNK = 50;
const ROUNDS = 2;
const PATIENCE_MS = 300_000;

const COMMANDS: readonly (readonly string[])[] = [
  ['create'],
  ['apply'],
  ['apply', '--server-side', '--force-conflicts'],
];

/** Submits the manifest of each subject, which must not exist, with every client. */
export async function submitTwice(stage: Stage, subjects: readonly Subject[]): Promise<Submitted> {
  const complaints: string[] = [];
  let [submissions, fingerprints] = [0, 0];
  for (let start = 0; start < subjects.length; start += CHUNK) {
    const chunk = subjects.slice(start, start + CHUNK);
    const agent = await stage.agent(`manifests-${start}`);
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const command of COMMANDS) {
        const named = await byKubectl(stage.plane, agent, command, chunk);
        submissions += chunk.length;
        complaints.push(...complaintsAbout(`kubectl ${command.join(' ')}`, named, chunk));
      }
      const named = await byClient(stage, agent, chunk);
      submissions += chunk.length;
      complaints.push(...complaintsAbout('a plain client', named, chunk));
    }
    const requests = await requestsOf(stage, agent);
    fingerprints += new Set(requests.map(({ fingerprint }) => fingerprint)).size;
    complaints.push(
      ...requests.filter(({ count }) => count > 1).map(({ what, count }) => `${what} has ${count} requests`),
    );
    if (requests.length !== chunk.length) {
      complaints.push(`${chunk.length} manifests have opened ${requests.length} requests`);
    }
  }
  return { kinds: subjects.length, submissions, fingerprints, complaints };
}

/** Names of requests in what kubectl says: each object has its own denial. */
async function byKubectl(
  plane: ControlPlane,
  agent: Agent,
  command: readonly string[],
  subjects: readonly Subject[],
): Promise<readonly string[]> {
  const input = subjects.map((subject) => stringify(subject.manifest())).join('---\n');
  const { stderr } = await plane.kubectl(agent.kubeconfig, [...command, '-f', '-'], {
    input,
    timeoutMs: PATIENCE_MS,
  });
  return stderr
    .split('Error from server')
    .map(requestIn)
    .filter((name) => name !== '');
}

async function byClient(
  stage: Stage,
  agent: Agent,
  subjects: readonly Subject[],
): Promise<readonly string[]> {
  const named: string[] = [];
  for (const subject of subjects) {
    const { message } = await stage.send(agent.token, 'POST', subject.collection(), {
      body: subject.manifest(),
    });
    named.push(requestIn(message));
  }
  return named;
}

function complaintsAbout(
  who: string,
  named: readonly string[],
  subjects: readonly Subject[],
): readonly string[] {
  const different = new Set(named).size;
  return named.length === subjects.length && different === subjects.length
    ? []
    : [`${who} sent ${subjects.length} manifests; ${named.length} denials name ${different} requests`];
}

interface Opened {
  readonly what: string;
  readonly fingerprint: string;
  /** Requests about the same object. */
  readonly count: number;
}

async function requestsOf(stage: Stage, agent: Agent): Promise<readonly Opened[]> {
  const selector = `fieldSelector=spec.requester.username%3D${encodeURIComponent(agent.username)}`;
  const { json } = await stage.admin('GET', `/apis/assent.dev/v1alpha1/approvalrequests?${selector}`);
  const { items } = json as {
    items: { spec: { change: { group: string }; target: string; fingerprint: string } }[];
  };
  const about = Map.groupBy(items, ({ spec }) => `${spec.change.group} ${spec.target}`);
  return [...about].flatMap(([what, same]) =>
    same.map(({ spec }) => ({ what, fingerprint: spec.fingerprint, count: same.length })),
  );
}
