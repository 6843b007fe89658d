// Whether what somebody may do has changed by exactly what was asked for: deed by deed, namespace by namespace (INV-4). Read from
// rules as RBAC writes them, with nothing of src.

/** A rule of a Role, as an agent writes it and as the API server tells it. */
export interface Rule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** Rules by namespace. */
export type Rights = ReadonlyMap<string, readonly Rule[]>;

/** What is there and should not be, or should be and is not, in words; none where `after` is `before` and the ask. */
export function differenceOf(before: Rights, after: Rights, asked: Rights): string[] {
  const places = new Set([...before.keys(), ...after.keys(), ...asked.keys()]);
  return [...places].flatMap((place) => {
    const had = deedsOf(before.get(place));
    const wanted = had.union(deedsOf(asked.get(place)));
    const has = deedsOf(after.get(place));
    return [
      ...[...has.difference(wanted)].map((deed) => `more in ${place}: ${deed}`),
      ...[...wanted.difference(has)].map((deed) => `missing in ${place}: ${deed}`),
    ];
  });
}

const deedsOf = (rules: readonly Rule[] = []): Set<string> =>
  new Set(
    rules.flatMap(({ verbs, apiGroups = [], resources = [], resourceNames = [] }) =>
      verbs.flatMap((verb) =>
        apiGroups.flatMap((group) =>
          resources.flatMap((resource) =>
            (resourceNames.length === 0 ? ['any'] : resourceNames.map((name) => `"${name}"`)).map(
              (name) => `${verb} ${name} of ${resource}${group === '' ? '' : `.${group}`}`,
            ),
          ),
        ),
      ),
    ),
  );
