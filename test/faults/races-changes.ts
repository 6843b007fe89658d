// The changes that races are about, each as the requests that it takes: what must be there before, how an agent submits it,
// what another writer does to the same object meanwhile, whether it has landed, and how it becomes possible once more.
import type { Kind } from './races-plan.ts';

/** A request without who sends it. */
export interface Ask {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
}

/** Sends as the administrator. */
export type Admin = (ask: Ask) => Promise<{ readonly status: number; readonly json: unknown }>;

/** One change of one object. */
export interface Change {
  /** Makes what must be there. */
  prepare(admin: Admin): Promise<void>;
  /** What the agent sends; a PUT reads the object first, as a client does. */
  submit(admin: Admin): Promise<Ask>;
  /** A write of another writer to the same object that leaves the change as it is. */
  disturb(admin: Admin, count: number): Promise<void>;
  /** Whether it has been done; undefined where nothing shows it. */
  hasLanded(admin: Admin): Promise<boolean | undefined>;
  /** Makes it possible once more; for `isUpdate` that means to revert it. */
  undo(admin: Admin): Promise<void>;
  /** Whether an approval of it may be used again for 40 s after it was reverted (the residue of INV-2). */
  readonly isUpdate: boolean;
}

/** Namespace of everything that is raced for. */
export const NAMESPACE = 'races';
const CORE = `/api/v1/namespaces/${NAMESPACE}`;
const APPS = `/apis/apps/v1/namespaces/${NAMESPACE}`;
const MERGE = 'application/merge-patch+json';
const STRATEGIC = 'application/strategic-merge-patch+json';
const APPLY = 'application/apply-patch+yaml';

interface Stored {
  readonly metadata: { readonly uid: string; readonly deletionTimestamp?: string };
  readonly data?: { readonly value?: string };
  readonly spec?: {
    readonly replicas?: number;
    readonly template?: { readonly spec: { readonly containers: readonly { readonly image: string }[] } };
  };
}

const annotate = (path: string, count: number): Ask => ({
  method: 'PATCH',
  path,
  body: { metadata: { annotations: { 'example.com/storm': String(count) } } },
  contentType: MERGE,
});

async function make(admin: Admin, path: string, body: unknown): Promise<void> {
  const { status } = await admin({ method: 'POST', path, body });
  if (status !== 201 && status !== 409) throw new Error(`POST ${path}: ${status}`);
}

async function read(admin: Admin, path: string): Promise<Stored | undefined> {
  const { status, json } = await admin({ method: 'GET', path });
  if (status === 404) return undefined;
  if (status !== 200) throw new Error(`GET ${path}: ${status}`);
  return json as Stored;
}

const configMap = (name: string, value: string, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: NAMESPACE, ...more },
  data: { value },
});

const deployment = (name: string) => ({
  metadata: { name },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'app', image: 'app:1' }] },
    },
  },
});

const pod = (name: string) => ({
  metadata: { name },
  spec: { serviceAccountName: 'app', containers: [{ name: 'app', image: 'app:1' }] },
});

/** An object that is there before, whose content changes. */
function update(
  path: string,
  made: { readonly collection: string; readonly body: unknown },
  way: {
    readonly submit: (admin: Admin) => Promise<Ask> | Ask;
    readonly isNew: (stored: Stored) => boolean;
    readonly revert: Omit<Ask, 'path'>;
  },
): Change {
  return {
    prepare: (admin) => make(admin, made.collection, made.body),
    submit: async (admin) => way.submit(admin),
    disturb: async (admin, count) => void (await admin(annotate(path, count))),
    async hasLanded(admin) {
      const stored = await read(admin, path);
      return stored !== undefined && way.isNew(stored);
    },
    undo: async (admin) => void (await admin({ path, ...way.revert })),
    isUpdate: true,
  };
}

function configMapUpdate(name: string, kind: 'merge' | 'apply' | 'put'): Change {
  const path = `${CORE}/configmaps/${name}`;
  const patch: Ask = { method: 'PATCH', path, body: { data: { value: 'new' } }, contentType: MERGE };
  const apply: Ask = {
    ...patch,
    path: `${path}?fieldManager=agent&force=true`,
    body: configMap(name, 'new'),
    contentType: APPLY,
  };
  const put = async (admin: Admin): Promise<Ask> => {
    const stored = await read(admin, path);
    return { method: 'PUT', path, body: { ...stored, data: { ...stored?.data, value: 'new' } } };
  };
  return update(
    path,
    { collection: `${CORE}/configmaps`, body: configMap(name, 'old') },
    {
      submit: kind === 'put' ? put : () => (kind === 'merge' ? patch : apply),
      isNew: (stored) => stored.data?.value === 'new',
      revert: { method: 'PATCH', body: { data: { value: 'old' } }, contentType: MERGE },
    },
  );
}

function deploymentUpdate(name: string, kind: 'strategic' | 'scale'): Change {
  const path = `${APPS}/deployments/${name}`;
  const image = (tag: string) => ({
    spec: { template: { spec: { containers: [{ name: 'app', image: `app:${tag}` }] } } },
  });
  const patch: Ask = { method: 'PATCH', path, body: image('2'), contentType: STRATEGIC };
  const scale: Ask = {
    method: 'PATCH',
    path: `${path}/scale`,
    body: { spec: { replicas: 5 } },
    contentType: MERGE,
  };
  const isScale = kind === 'scale';
  return update(
    path,
    { collection: `${APPS}/deployments`, body: deployment(name) },
    {
      submit: () => (isScale ? scale : patch),
      isNew: ({ spec }) =>
        isScale ? spec?.replicas === 5 : spec?.template?.spec.containers[0]?.image === 'app:2',
      revert: {
        method: 'PATCH',
        body: isScale ? { spec: { replicas: 1 } } : image('1'),
        contentType: STRATEGIC,
      },
    },
  );
}

/** An object that is there before and goes; another writer makes it anew as soon as it is gone. */
function removal(collection: string, name: string, body: unknown, submit: Ask): Change {
  const path = `${collection}/${name}`;
  let first: string | undefined;
  return {
    async prepare(admin) {
      await make(admin, collection, body);
      first ??= (await read(admin, path))?.metadata.uid;
    },
    submit: async () => submit,
    async disturb(admin, count) {
      const { status } = await admin(annotate(path, count));
      if (status === 404) await admin({ method: 'POST', path: collection, body });
    },
    async hasLanded(admin) {
      const stored = await read(admin, path);
      return stored?.metadata.uid !== first || stored?.metadata.deletionTimestamp !== undefined;
    },
    async undo(admin) {
      await admin({ method: 'PATCH', path, body: { metadata: { finalizers: null } }, contentType: MERGE });
      await make(admin, collection, body);
    },
    isUpdate: false,
  };
}

const configMapRemoval = (name: string, more: object): Change =>
  removal(`${CORE}/configmaps`, name, configMap(name, 'old', more), {
    method: 'DELETE',
    path: `${CORE}/configmaps/${name}`,
  });

const eviction = (name: string): Change =>
  removal(`${CORE}/pods`, name, pod(name), {
    method: 'POST',
    path: `${CORE}/pods/${name}/eviction`,
    body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name } },
  });

/** An object that is not there before; another writer removes it whenever it is there. */
function creation(name: string): Change {
  const collection = `${CORE}/configmaps`;
  const path = `${collection}/${name}`;
  const remove = async (admin: Admin) => void (await admin({ method: 'DELETE', path }));
  return {
    prepare: async () => undefined,
    submit: async () => ({ method: 'POST', path: collection, body: configMap(name, 'new') }),
    disturb: remove,
    // Another writer may have removed it again.
    hasLanded: async (admin) => ((await read(admin, path)) === undefined ? undefined : true),
    undo: remove,
    isUpdate: false,
  };
}

/** Each admission makes an object of its own. */
function generation(name: string): Change {
  const collection = `${CORE}/configmaps`;
  const body = { metadata: { generateName: `${name}-`, labels: { race: name } }, data: { value: 'new' } };
  return {
    prepare: async () => undefined,
    submit: async () => ({ method: 'POST', path: collection, body }),
    disturb: async () => undefined,
    async hasLanded(admin) {
      const { status, json } = await admin({
        method: 'GET',
        path: `${collection}?labelSelector=race%3D${name}`,
      });
      if (status !== 200) throw new Error(`GET ${collection}: ${status}`);
      return (json as { items: unknown[] }).items.length > 0;
    },
    undo: async () => undefined,
    isUpdate: false,
  };
}

/** What leaves no trace in storage: a command in a pod, a token. */
function connection(collection: string, name: string, body: unknown, submit: Ask): Change {
  return {
    prepare: (admin) => make(admin, collection, body),
    submit: async () => submit,
    disturb: async (admin, count) => void (await admin(annotate(`${collection}/${name}`, count))),
    hasLanded: async () => undefined,
    undo: async () => undefined,
    isUpdate: false,
  };
}

const command = (name: string): Change =>
  connection(`${CORE}/pods`, name, pod(name), {
    method: 'POST',
    path: `${CORE}/pods/${name}/exec?container=app&stdout=true&command=id`,
  });

const token = (name: string): Change =>
  connection(
    `${CORE}/serviceaccounts`,
    name,
    { metadata: { name } },
    {
      method: 'POST',
      path: `${CORE}/serviceaccounts/${name}/token`,
      body: { spec: { expirationSeconds: 600 } },
    },
  );

const MAKERS: Readonly<Record<Kind, (name: string) => Change>> = {
  merge: (name) => configMapUpdate(name, 'merge'),
  apply: (name) => configMapUpdate(name, 'apply'),
  put: (name) => configMapUpdate(name, 'put'),
  strategic: (name) => deploymentUpdate(name, 'strategic'),
  scale: (name) => deploymentUpdate(name, 'scale'),
  delete: (name) => configMapRemoval(name, {}),
  finalizer: (name) => configMapRemoval(name, { finalizers: ['example.com/held'] }),
  evict: eviction,
  create: creation,
  generate: generation,
  exec: command,
  token,
};

/** The change of a race; everything that belongs to it is named after `name`. */
export const changeOf = (kind: Kind, name: string): Change => MAKERS[kind](name);
