// Turns one zod schema into settings: for each leaf a flag, an environment variable, a place in the file and a line of
// documentation. Layers are merged by leaf, and whatever is not a leaf of the schema is refused by name.
import { z } from 'zod';

/** One leaf of a configuration schema. */
export interface Setting {
  /** Path in the file, such as `webhook.service.port`. */
  readonly path: string;
  /** Flag, such as `--webhook-service-port`. */
  readonly flag: string;
  /** Environment variable, such as `ASSENT_WEBHOOK_SERVICE_PORT`. */
  readonly env: string;
  readonly kind: 'text' | 'number' | 'boolean';
  readonly description: string;
  /** The default as text; undefined when there is none. */
  readonly fallback: string | undefined;
  /** Allowed values, where they are listed. */
  readonly choices: readonly string[];
  /** Never printed. Marked in the schema by `.meta({ secret: true })`. */
  readonly secret: boolean;
}

/** A value with the place it came from, for error messages. */
export interface Given {
  readonly value: unknown;
  /** Such as `--gate-port`, `ASSENT_GATE_PORT` or `file`. */
  readonly source: string;
}

/** Values by the path of their setting. */
export type Layer = Map<string, Given>;

const kebab = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/**
 * Lists the settings of a schema in the order in which they are written there.
 * @throws when a leaf has a type that a flag cannot express: a defect in the schema
 */
export function settingsOf(schema: z.ZodObject, prefix = ''): Setting[] {
  return Object.entries(schema.shape).flatMap(([key, field]) => {
    const path = `${prefix}${key}`;
    const { inner, fallback } = unwrap(field);
    return inner instanceof z.ZodObject
      ? settingsOf(inner, `${path}.`)
      : [leaf(path, field, inner, fallback)];
  });
}

function unwrap(field: unknown): { inner: unknown; fallback: string | undefined } {
  let inner = field;
  let fallback: string | undefined;
  while (inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault || inner instanceof z.ZodOptional) {
    if (inner instanceof z.ZodDefault) fallback = JSON.stringify(inner.def.defaultValue).replaceAll('"', '');
    inner = inner.def.innerType;
  }
  return { inner, fallback };
}

function leaf(path: string, field: unknown, inner: unknown, fallback: string | undefined): Setting {
  const words = path.split('.').map(kebab).join('-');
  const meta = z.globalRegistry.get(field as z.ZodType) ?? z.globalRegistry.get(inner as z.ZodType);
  return {
    path,
    flag: `--${words}`,
    env: `ASSENT_${words.replaceAll('-', '_').toUpperCase()}`,
    kind: kindOf(path, inner),
    description: meta?.description ?? '',
    fallback,
    choices: inner instanceof z.ZodEnum ? inner.options.map(String) : [],
    secret: meta?.['secret'] === true,
  };
}

function kindOf(path: string, inner: unknown): Setting['kind'] {
  if (inner instanceof z.ZodNumber) return 'number';
  if (inner instanceof z.ZodBoolean) return 'boolean';
  if (inner instanceof z.ZodString || inner instanceof z.ZodEnum || inner instanceof z.ZodURL) return 'text';
  throw new Error(`${path} has a type that a flag cannot express`);
}

/** Reads the text of a flag or variable as its kind; what does not fit stays text, and the schema refuses it. */
function read(setting: Setting, text: string): unknown {
  if (setting.kind === 'number' && /^-?[0-9]+$/.test(text)) return Number(text);
  if (setting.kind === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

/** Reads flags: `--name value`, `--name=value`, and `--name` alone for true. */
export function flagLayer(settings: readonly Setting[], argv: readonly string[], errors: string[]): Layer {
  const byFlag = new Map(settings.map((setting) => [setting.flag, setting]));
  const layer: Layer = new Map();
  const rest = [...argv];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const [flag = '', ...parts] = word.split('=');
    const setting = byFlag.get(flag);
    if (!setting) {
      errors.push(word.startsWith('-') ? `unknown flag ${flag}` : 'an argument that belongs to no flag');
      continue;
    }
    if (layer.has(setting.path)) errors.push(`${flag} is given twice`);
    let text: string | undefined = parts.length > 0 ? parts.join('=') : undefined;
    if (text === undefined) text = setting.kind === 'boolean' ? 'true' : rest.shift();
    if (text === undefined) errors.push(`${flag} needs a value`);
    else layer.set(setting.path, { value: read(setting, text), source: flag });
  }
  return layer;
}

/** Variables that other parts read: fault injection and the tests. */
const FOREIGN = /^ASSENT_(?:FAILPOINT|TEST_)/;
/** What Kubernetes sets in every container for each Service of the namespace, here one whose name starts with assent. */
const SERVICE_LINK =
  /_(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT(?:_[0-9]+_(?:TCP|UDP|SCTP)(?:_[A-Z]+)?)?)$/;

/** Reads `ASSENT_*` variables. Empty ones count as not set, as manifests write them. */
export function envLayer(
  settings: readonly Setting[],
  env: Readonly<Record<string, string | undefined>>,
  errors: string[],
): Layer {
  const byEnv = new Map(settings.map((setting) => [setting.env, setting]));
  const layer: Layer = new Map();
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith('ASSENT_') || FOREIGN.test(name) || text === undefined || text === '') continue;
    // A Service called assent-gate makes Kubernetes set ASSENT_GATE_PORT=tcp://10.0.0.1:443: not ours.
    if (SERVICE_LINK.test(name) && (/^(?:tcp|udp|sctp):\/\//.test(text) || !byEnv.has(name))) continue;
    const setting = byEnv.get(name);
    if (setting) layer.set(setting.path, { value: read(setting, text), source: name });
    else errors.push(`unknown environment variable ${name}`);
  }
  return layer;
}

/** Reads a parsed file: nested maps whose leaves are settings. */
export function fileLayer(settings: readonly Setting[], content: unknown, errors: string[]): Layer {
  const layer: Layer = new Map();
  const paths = new Set(settings.map((setting) => setting.path));
  const walk = (value: unknown, path: string): void => {
    const within = path === '' ? '' : `${path}.`;
    if (paths.has(path)) {
      layer.set(path, { value, source: 'file' });
    } else if (path !== '' && !settings.some((setting) => setting.path.startsWith(within))) {
      errors.push(`unknown key ${path} in the file`);
    } else if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      errors.push(`${path === '' ? 'the file' : `${path} in the file`} must be a map`);
    } else {
      for (const [key, entry] of Object.entries(value)) walk(entry, `${within}${key}`);
    }
  };
  if (content !== null && content !== undefined) walk(content, '');
  return layer;
}

/** Builds the nested value that the schema reads. */
export function nest(layer: Layer): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const [path, { value }] of layer) {
    const keys = path.split('.');
    const last = keys.pop() ?? path;
    let place = root;
    for (const key of keys) place = (place[key] ??= {}) as Record<string, unknown>;
    place[last] = value;
  }
  return root;
}
