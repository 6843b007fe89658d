// URLs of resources. A name comes from outside, so one that could climb the path (`..`, a slash) is refused here.

/** A kind as the API server addresses it. */
export interface ResourceDefinition {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  /** Plural, lower case, for example `configmaps`. */
  readonly resource: string;
  readonly namespaced: boolean;
}

/** Which object or collection. Without namespace a namespaced collection means all namespaces. */
export interface ResourceTarget {
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
}

/**
 * The escaped path of an object or collection.
 *
 * @throws TypeError for a name that is no path segment, or an object of a namespaced kind without namespace
 */
export function resourcePath(definition: ResourceDefinition, target: ResourceTarget): string {
  const { group, version, resource, namespaced } = definition;
  const root = group === '' ? ['api', version] : ['apis', group, version];
  const namespace = namespaced && target.namespace !== undefined ? target.namespace : undefined;
  if (namespaced && target.name !== undefined && namespace === undefined) {
    throw new TypeError(`${resource}: an object of a namespaced kind needs a namespace`);
  }
  const segments = [
    ...root,
    ...(namespace === undefined ? [] : ['namespaces', namespace]),
    resource,
    ...(target.name === undefined ? [] : [target.name]),
    ...(target.subresource === undefined ? [] : [target.subresource]),
  ];
  return `/${segments.map(segment).join('/')}`;
}

function segment(text: string): string {
  // Kubernetes' own rule for names in paths: not ".", not "..", no "/" and no "%".
  if (text === '' || text === '.' || text === '..' || /[/%]/.test(text)) {
    throw new TypeError('not a name that can stand in a path');
  }
  return encodeURIComponent(text);
}
