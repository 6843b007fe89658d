// The CustomResourceDefinition of a kind, as plain data.
import { CATEGORY, GROUP, VERSION } from './group.ts';
import { PART_OF } from './installation.ts';
import type { KindDefinition } from './kinds.ts';
import { structural, type Structural } from './structural.ts';

/** Makes the CRD of a kind. Throws when a field is undescribed or unbounded. */
export function customResourceDefinition(kind: KindDefinition) {
  const { plural, singular, shortName } = kind;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${GROUP}`, labels: PART_OF },
    spec: {
      group: GROUP,
      scope: 'Cluster',
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural,
        singular,
        shortNames: [shortName],
        categories: [CATEGORY],
      },
      // One version and no converter: a conversion webhook could rewrite approvals as they are read.
      conversion: { strategy: 'None' },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: rootSchema(kind) },
          ...(kind.status && { subresources: { status: {} } }),
          ...(kind.selectableFields.length > 0 && {
            selectableFields: kind.selectableFields.map((jsonPath) => ({ jsonPath })),
          }),
          additionalPrinterColumns: kind.columns.map(({ name, type, path, description, wide }) => ({
            name,
            type,
            jsonPath: path,
            description,
            ...(wide && { priority: 1 }),
          })),
        },
      ],
    },
  };
}

function rootSchema(kind: KindDefinition) {
  return {
    type: 'object',
    description: kind.description,
    required: ['spec'],
    ...(kind.rules.length > 0 && { 'x-kubernetes-validations': kind.rules }),
    properties: {
      apiVersion: { type: 'string', description: `Always ${GROUP}/${VERSION}.` },
      kind: { type: 'string', description: `Always ${kind.kind}.` },
      metadata: { type: 'object' },
      spec: specSchema(kind),
      ...(kind.status && {
        status: {
          ...structural(kind.status, `${kind.kind}.status`, false),
          ...(kind.initialStatus && { default: kind.initialStatus }),
        },
      }),
    },
  };
}

/** The structural schema of a kind's spec. */
export const specSchema = (kind: KindDefinition): Structural =>
  structural(kind.spec, `${kind.kind}.spec`, kind.writtenByPeople);
