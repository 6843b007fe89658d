// The parts of the chart that come from the code: kinds, accounts and roles. The same objects as in crds/ and manifests/, but
// for the namespace, which is that of the release, and the labels, which are those of the chart. Admission policies are not in
// it: the controller writes them, and what has two owners cannot be upgraded (ADR 0022).
import { customResourceDefinition } from '../../src/api/crd.ts';
import { CEILING, PART_OF } from '../../src/api/installation.ts';
import { KINDS } from '../../src/api/kinds.ts';
import { rbacObjects } from './rbac.ts';
import { toYaml, type CommentedObject } from './yaml.ts';

const FOLDER = 'charts/assent/templates';
/** A name that YAML takes without quotes; what Helm puts in its place is one, too. */
const RELEASE_NAMESPACE = 'namespace-of-the-release';
const [LABEL = '', VALUE = ''] = Object.entries(PART_OF)[0] ?? [];

/** Path from the root of the project, and content; Helm's own signs are in it, so that nothing may format it. */
export function chartTemplates(): readonly (readonly [string, string])[] {
  const kinds = KINDS.map((kind): CommentedObject => ({ object: customResourceDefinition(kind) }));
  return [
    [`${FOLDER}/crds.yaml`, kept(template(kinds))],
    [`${FOLDER}/rbac.yaml`, filled(template(rbacObjects(RELEASE_NAMESPACE)))],
  ];
}

/** @throws when Helm would read anything of it as its own */
function template(objects: readonly CommentedObject[]): string {
  const yaml = toYaml(objects);
  if (yaml.includes('{{')) throw new Error('a generated object holds what Helm would read as a template');
  return yaml
    .replaceAll(RELEASE_NAMESPACE, '{{ .Release.Namespace }}')
    .replaceAll(
      new RegExp(`^( *)${LABEL}: ${VALUE}$`, 'gm'),
      (_, indent: string) => `${indent}{{- include "assent.labels" . | nindent ${indent.length} }}`,
    );
}

/** Kinds stay when the release goes, unless somebody says otherwise: with them goes every request and decision. */
function kept(yaml: string): string {
  const annotated = yaml.replaceAll(
    /^metadata:\n {2}name: .*$/gm,
    (lines) =>
      `${lines}\n  {{- with include "assent.crdAnnotations" . }}\n  annotations:\n    {{- . | nindent 4 }}\n  {{- end }}`,
  );
  return `{{- if .Values.crds.install }}\n${annotated}{{- end }}\n`;
}

/** The ceiling holds what the values say; without any, what an administrator put there stays. */
function filled(yaml: string): string {
  const role = new RegExp(`(kind: ClusterRole\nmetadata:\n {2}name: ${CEILING}\n {2}labels:\n.*\n)`);
  if (!role.test(yaml)) throw new Error('the ceiling is not where the chart expects it');
  return yaml.replace(
    role,
    (lines) =>
      `${lines}{{- with .Values.access.ceiling }}\nrules:\n  {{- toYaml . | nindent 2 }}\n{{- end }}\n`,
  );
}
