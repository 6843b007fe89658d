// Comparing resourceVersions. Kubernetes documents them as integers that can be compared within one kind (KEP-5504; etcd
// revisions, so it was true before); an aggregated API may use other strings, of which nothing is known.

/** True if both are integers and `one` is smaller: `other` comes from a history that the server no longer has. Pure. */
export function isOlderVersion(one: string, other: string): boolean {
  const integer = /^[0-9]+$/;
  return integer.test(one) && integer.test(other) && BigInt(one) < BigInt(other);
}
