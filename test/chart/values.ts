// Values that the chart is rendered with, and values that its schema refuses.

/** Sets of values, by what they are for. Each is applied to a real API server. */
export const GOOD: Readonly<Record<string, object>> = {
  'no values': {},
  'one replica of each, for trying out': { gate: { replicas: 1 }, controller: { replicas: 1 } },
  'many replicas on nodes of their own': {
    gate: {
      replicas: 5,
      nodeSelector: { role: 'system' },
      tolerations: [{ key: 'system', operator: 'Exists' }],
    },
    controller: { nodeSelector: { role: 'system' }, tolerations: [{ key: 'system', operator: 'Exists' }] },
  },
  'Slack by socket': { slack: { existingSecret: 'slack', channel: 'C0123456789' } },
  'Slack by callbacks, behind an Ingress': {
    slack: { existingSecret: 'slack', channel: 'C0123456789', mode: 'http' },
    connector: {
      ingress: {
        enabled: true,
        className: 'nginx',
        host: 'assent.example.com',
        tlsSecret: 'assent-tls-public',
        annotations: { 'cert-manager.io/cluster-issuer': 'letsencrypt' },
      },
    },
  },
  'a registry of its own': {
    image: { repository: 'registry.example.com:5000/tools/assent', digest: `sha256:${'0'.repeat(64)}` },
    imagePullSecrets: [{ name: 'registry' }],
  },
  'a certificate by cert-manager, which signs it itself': { certificates: { mode: 'cert-manager' } },
  'a certificate by an issuer of cert-manager': {
    certificates: {
      mode: 'cert-manager',
      issuerRef: { name: 'company-ca', kind: 'ClusterIssuer' },
      duration: '720h',
      renewBefore: '240h',
    },
    slack: { existingSecret: 'slack', channel: 'C0123456789' },
    gate: {
      extraVolumes: [{ name: 'more', emptyDir: {} }],
      extraVolumeMounts: [{ name: 'more', mountPath: '/more' }],
    },
  },
  'a ceiling': {
    access: { ceiling: [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'delete'] }] },
  },
  'a ceiling that names a ClusterRole': {
    access: {
      ceiling: [
        {
          apiGroups: ['rbac.authorization.k8s.io'],
          resources: ['clusterroles'],
          verbs: ['bind'],
          resourceNames: ['pod-fixer'],
        },
      ],
    },
  },
  'the network of the nodes': { gate: { hostNetwork: true, port: 10260 } },
  'kinds installed by somebody else': { crds: { install: false } },
  'kinds that go with the release': { crds: { keep: false } },
  'a dashboard': { metrics: { dashboard: { enabled: true, labels: { team: 'platform' } } } },
  'no budgets, no policies, no priority': {
    podDisruptionBudget: { enabled: false },
    networkPolicy: { enabled: false },
    priorityClassName: '',
  },
  'more of everything': {
    commonLabels: { team: 'platform', tier: '1' },
    clusterName: 'prod-eu-1',
    logLevel: 'debug',
    gate: {
      podAnnotations: { 'example.com/scrape': 'true' },
      podLabels: { 'example.com/pod': 'gate' },
      resources: { requests: { cpu: '1', memory: '1Gi' }, limits: { memory: '1Gi' } },
      extraEnv: [{ name: 'NODE_EXTRA_CA_CERTS', value: '/etc/ca/ca.crt' }],
      extraVolumes: [{ name: 'ca', configMap: { name: 'ca' } }],
      extraVolumeMounts: [{ name: 'ca', mountPath: '/etc/ca', readOnly: true }],
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            {
              topologyKey: 'kubernetes.io/hostname',
              labelSelector: { matchLabels: { 'app.kubernetes.io/component': 'gate' } },
            },
          ],
        },
      },
    },
    controller: {
      extraEnv: [{ name: 'HTTPS_PROXY', value: 'http://proxy.example.com:3128' }],
      extraVolumes: [{ name: 'ca', configMap: { name: 'ca' } }],
      extraVolumeMounts: [{ name: 'ca', mountPath: '/etc/ca', readOnly: true }],
    },
  },
};

const CHANNEL = 'slack.channel: the id of the channel, such as C0123456789, not its name';

/** Wrong values, and where helm has to say they are. */
export const WRONG: readonly (readonly [object, string])[] = [
  [{ replicas: 3 }, "additional properties 'replicas' not allowed"],
  [{ gate: { replica: 3 } }, "additional properties 'replica' not allowed"],
  [{ gate: { replicas: 0 } }, 'gate/replicas'],
  [{ gate: { replicas: '2' } }, 'gate/replicas'],
  [{ gate: { port: 443 } }, 'gate/port'],
  [{ gate: { hostNetwork: 'yes' } }, 'gate/hostNetwork'],
  [{ gate: { resources: { request: {} } } }, 'gate/resources'],
  [{ gate: { extraEnv: [{ value: 'x' }] } }, 'gate/extraEnv'],
  [{ controller: { hostNetwork: true } }, "additional properties 'hostNetwork' not allowed"],
  [{ image: 'assent:1' }, "'/image'"],
  [{ image: { pullPolicy: 'Sometimes' } }, 'image/pullPolicy'],
  [{ image: { digest: 'sha256:abc' } }, 'image/digest'],
  [{ image: { repository: 'Not A Name' } }, 'image/repository'],
  [{ imagePullSecrets: ['registry'] }, 'imagePullSecrets'],
  [{ logLevel: 'verbose' }, 'logLevel'],
  [{ clusterName: '' }, 'clusterName'],
  [{ certificates: { mode: 'helm' } }, 'certificates/mode'],
  [{ certificates: { issuerRef: 'company-ca' } }, 'certificates/issuerRef'],
  [{ certificates: { duration: '90d' } }, 'certificates/duration'],
  [{ slack: { token: 'xoxb-1' } }, "additional properties 'token' not allowed"],
  [{ slack: { mode: 'webhook' } }, 'slack/mode'],
  [{ slack: { channel: '#approvals' } }, CHANNEL],
  [{ slack: { existingSecret: 'slack', channel: '#approvals' } }, CHANNEL],
  [{ slack: { existingSecret: 'slack', channel: 'approvals' } }, CHANNEL],
  [{ slack: { channel: 'C0123456789' } }, 'slack.existingSecret: the name of the Secret with the tokens'],
  [{ access: { ceiling: [{ apiGroups: ['*'], resources: ['pods'], verbs: ['get'] }] } }, 'access/ceiling'],
  [{ access: { ceiling: [{ apiGroups: [''], resources: ['pods'], verbs: ['*'] }] } }, 'access/ceiling'],
  [
    { access: { ceiling: [{ apiGroups: [''], resources: ['pods'], verbs: ['escalate'] }] } },
    'access/ceiling',
  ],
  [{ access: { ceiling: [{ apiGroups: [''], resources: ['pods'] }] } }, 'access/ceiling'],
  [{ commonLabels: { tier: 1 } }, 'commonLabels'],
  [{ metrics: { podMonitor: { interval: 30 } } }, 'metrics/podMonitor/interval'],
  [{ metrics: { prometheusRule: { without: ['GateDown'] } } }, 'metrics/prometheusRule/without'],
  [{ metrics: { dashboard: { labels: { grafana_dashboard: 1 } } } }, 'metrics/dashboard/labels'],
];
