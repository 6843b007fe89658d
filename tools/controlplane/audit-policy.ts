// What the API server writes to its audit log: every write of everybody with request and response, since the audit oracle
// rebuilds policies and changes from it. Key material and tokens stay out; events and leases are noise.

const secrets = { group: '', resources: ['secrets'] };

/** An audit.k8s.io/v1 Policy. JSON is YAML, so it is written as it stands. */
export const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  omitManagedFields: true,
  rules: [
    {
      level: 'None',
      resources: [
        { group: '', resources: ['events'] },
        { group: 'events.k8s.io', resources: ['events'] },
        { group: 'coordination.k8s.io', resources: ['leases'] },
      ],
    },
    // DeleteOptions hold no secret, and dry-run may be said only there.
    { level: 'Request', verbs: ['delete', 'deletecollection'], resources: [secrets] },
    {
      level: 'Metadata',
      verbs: ['create', 'update', 'patch'],
      resources: [
        secrets,
        { group: '', resources: ['serviceaccounts/token'] },
        { group: 'authentication.k8s.io', resources: ['tokenreviews'] },
      ],
    },
    { level: 'RequestResponse', verbs: ['create', 'update', 'patch', 'delete', 'deletecollection'] },
    // CONNECT has no verb of its own: a WebSocket exec is a `get`.
    {
      level: 'RequestResponse',
      resources: [
        {
          group: '',
          resources: [
            'pods/exec',
            'pods/attach',
            'pods/portforward',
            'pods/proxy',
            'services/proxy',
            'nodes/proxy',
          ],
        },
      ],
    },
    { level: 'None' },
  ],
} as const;
