// The stage of the demo: a real control plane, Assent in one process, an agent (a ServiceAccount) and an approver (a
// person), each with a kubeconfig and the rights that the story gives them.
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startControlPlane, type ControlPlane } from '../controlplane/start.ts';
import { startOperator, type Operator, type OperatorOptions } from '../operator/start.ts';

const CLI = fileURLToPath(new URL('../../src/cli/kubectl-assent.ts', import.meta.url));
const PATIENCE_MS = 20_000;
const POLL_MS = 50;

/** The cast. Each is the path of a kubeconfig. */
export interface Cast {
  readonly agent: string;
  readonly approver: string;
  readonly admin: string;
}

/** Everything that the story needs. */
export interface Stage {
  readonly plane: ControlPlane;
  readonly operator: Operator;
  readonly cast: Cast;
  /** Folder of the kubectl plugin. */
  readonly plugins: string;
  kubectl(who: keyof Cast, args: readonly string[], input?: string): Promise<{ code: number; text: string }>;
  close(): Promise<void>;
}

/** What the demo's policy says. */
export const POLICY = `apiVersion: assent.dev/v1alpha1
kind: ApprovalPolicy
metadata:
  name: payments-workloads
spec:
  agents:
    - serviceAccount: agents/deploy-bot
  match:
    rules:
      - apiGroups: [apps]
        resources: [deployments, deployments/scale]
        operations: [CREATE, UPDATE, DELETE]
    namespaces:
      names: [payments]
  action: Ask
  risk: High
`;

/** The object of the story. */
export const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
  namespace: payments
spec:
  replicas: 2
  selector:
    matchLabels: { app: api }
  template:
    metadata:
      labels: { app: api }
    spec:
      containers:
        - name: api
          image: registry.example/payments/api:1.4.2
`;

const RIGHTS = `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: demo-agent }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin }
subjects:
  - { kind: ServiceAccount, name: deploy-bot, namespace: agents }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: approve-payments }
rules:
  - apiGroups: [assent.dev]
    resources: [approvalpolicies]
    resourceNames: [payments-workloads]
    verbs: [approve]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: alice-approves-payments }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: approve-payments }
subjects:
  - { apiGroup: rbac.authorization.k8s.io, kind: User, name: alice }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: alice-reads-requests }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: assent-approver }
subjects:
  - { apiGroup: rbac.authorization.k8s.io, kind: User, name: alice }
`;

/** Sets the stage: everything up to the moment when the agent's first change is held. */
export async function setStage(options: OperatorOptions = { run: true }): Promise<Stage> {
  const plane = await startControlPlane({ name: 'demo' });
  try {
    const operator = await startOperator(plane, options);
    const cast: Cast = {
      agent: (await plane.serviceAccount('agents', 'deploy-bot')).kubeconfig,
      approver: (await plane.user('alice')).kubeconfig,
      admin: plane.adminKubeconfig,
    };
    const plugins = await installPlugin(plane.runDir);
    const kubectl: Stage['kubectl'] = async (who, args, input) => {
      const done = await plane.kubectl(cast[who], args, {
        path: [plugins],
        ...(input === undefined ? {} : { input }),
      });
      return { code: done.code, text: [done.stdout, done.stderr].filter(Boolean).join('').trimEnd() };
    };
    const must = async (args: readonly string[], input?: string) => {
      const done = await kubectl('admin', args, input);
      if (done.code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${done.text}`);
    };
    await must(['create', 'namespace', 'payments']);
    for (const manifest of [RIGHTS, DEPLOYMENT, POLICY]) await must(['apply', '-f', '-'], manifest);
    await must(['wait', 'apol/payments-workloads', '--for=condition=Ready', '--timeout=20s']);
    await untilHeld(kubectl);
    const close = async () => {
      await operator.stop();
      await plane.stop();
    };
    return { plane, operator, cast, plugins, kubectl, close };
  } catch (error) {
    await plane.stop();
    throw error;
  }
}

/**
 * The API server takes up a new webhook configuration some 20 ms after it was written and tells nobody when. A dry-run
 * leaves no trace, and its warning shows that the gate is asked.
 */
async function untilHeld(kubectl: Stage['kubectl']): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const done = await kubectl('agent', [
      'delete',
      'deployment',
      'api',
      '-n',
      'payments',
      '--dry-run=server',
    ]);
    if (done.text.includes('needs approval')) return;
    if (performance.now() > deadline) throw new Error(`the gate is not asked: ${done.text}`);
    await new Promise((resume) => {
      setTimeout(resume, POLL_MS);
    });
  }
}

/** Puts a kubectl-assent into the run folder, so that \`kubectl assent\` finds it. */
async function installPlugin(runDir: string): Promise<string> {
  const folder = join(runDir, 'plugins');
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'kubectl-assent');
  await writeFile(path, `#!/bin/sh\nexec "${process.execPath}" "${CLI}" "$@"\n`);
  await chmod(path, 0o755);
  return folder;
}
