// The kinds that requests are measured against: one with the schema and the rules of ApprovalRequest, so that the API server
// does for it what it does for any write of a request, and one without a schema, which hardly any real kind is (ADR 0016).
// No webhook and no policy of ours concerns either.
import { customResourceDefinition } from '../src/api/crd.ts';
import { KINDS } from '../src/api/kinds.ts';

/** What the API server knows of a bare kind. */
export const BARE_KINDS = ['same schema', 'no schema'] as const;
export type BareKind = (typeof BARE_KINDS)[number];

const GROUP = 'bench.example.com';
const NAMES = { 'same schema': 'Copy', 'no schema': 'Blank' } as const;
const PLURALS = { 'same schema': 'copies', 'no schema': 'blanks' } as const;
const OPEN = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };

/** Where the objects of a bare kind are. */
export const barePath = (bare: BareKind): string => `/apis/${GROUP}/v1/${PLURALS[bare]}`;

/** The CRD of a bare kind. */
export function bareDefinition(bare: BareKind) {
  const request = KINDS.find(({ kind }) => kind === 'ApprovalRequest');
  if (!request) throw new Error('there is no ApprovalRequest');
  const kind = NAMES[bare];
  const singular = kind.toLowerCase();
  const plural = PLURALS[bare];
  const { spec, ...definition } = customResourceDefinition(request);
  const [version] = spec.versions;
  const { schema, subresources } = version ?? {};
  const versions = [
    { name: 'v1', served: true, storage: true, subresources, schema: bare === 'same schema' ? schema : OPEN },
  ];
  return {
    ...definition,
    metadata: { name: `${plural}.${GROUP}` },
    spec: { group: GROUP, scope: 'Cluster', names: { plural, singular, kind }, versions },
  };
}

/** An object with the spec of a request. */
export const bareObject = (bare: BareKind, name: string, spec: unknown) => ({
  apiVersion: `${GROUP}/v1`,
  kind: NAMES[bare],
  metadata: { name },
  spec,
});

/** The object as read, with the status of a request that differs in one number. */
export const bareStatus = (read: unknown, status: object | undefined, attempts: number) => ({
  ...(read as object),
  status: { ...status, attempts },
});
