// The rules of the judged benchmark, each twice: in CEL, as a policy's condition, and in plain JavaScript, as the control
// decides it. Each looks at every container or every key and is false for the bodies of bodies.ts.

/** As much of an object as the rules look at. */
export interface Judged {
  readonly spec?: { readonly template?: { readonly spec?: { readonly containers?: readonly Container[] } } };
  readonly data?: Readonly<Record<string, string>>;
}

interface Container {
  readonly image?: string;
  readonly securityContext?: { readonly privileged?: boolean };
}

/** One rule. */
export interface Rule {
  readonly cel: string;
  readonly plain: (object: Judged) => boolean;
}

const CONTAINERS = 'object.spec.template.spec.containers';
const containersOf = (object: Judged): readonly Container[] => object.spec?.template?.spec?.containers ?? [];

const PRIVILEGED: Rule = {
  cel: `${CONTAINERS}.exists(c, has(c.securityContext) && has(c.securityContext.privileged) && c.securityContext.privileged)`,
  plain: (object) => containersOf(object).some((container) => container.securityContext?.privileged === true),
};

const imageFrom = (source: string): Rule => ({
  cel: `${CONTAINERS}.exists(c, c.image.startsWith("${source}"))`,
  plain: (object) => containersOf(object).some((container) => container.image?.startsWith(source) === true),
});

/** One rule about a Deployment. */
export const ONE: readonly Rule[] = [PRIVILEGED];

/** Ten rules about a Deployment. */
export const TEN: readonly Rule[] = [
  PRIVILEGED,
  ...Array.from({ length: 9 }, (_, i) => imageFrom(`banned-${i}.example.com/`)),
];

/** One rule about a ConfigMap. */
export const KEYS: readonly Rule[] = [
  {
    cel: 'object.data.exists(key, key.startsWith("secret-"))',
    plain: ({ data = {} }) => Object.keys(data).some((key) => key.startsWith('secret-')),
  },
];
