// The words for what somebody did to the objects by which the API server asks Assent: for the record, Events and channels.
// Names of kinds, objects and fields alone, and what field managers call themselves, made inert (INV-10).
import { line, visible } from './plain-text.ts';

/** Kinds of objects that are watched for it. */
export const GUARDED_KINDS = [
  'ValidatingWebhookConfiguration',
  'MutatingWebhookConfiguration',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'CustomResourceDefinition',
  'APIService',
] as const;

/** What somebody did to one of them. */
export interface Tampering {
  readonly kind: (typeof GUARDED_KINDS)[number];
  readonly name: string;
  readonly deed: 'edited' | 'deleted';
  /** Names of the fields; empty for a deletion. */
  readonly fields: readonly string[];
  /** Field managers that wrote it since, as they call themselves; empty where nothing tells. */
  readonly by: readonly string[];
  /** Found at the first look of a process: it happened while no controller ran. */
  readonly wasAway: boolean;
  /** Whether Assent put it back; what serves our kinds people have to. */
  readonly isRestored: boolean;
  /** How often since it was told last, where several are told as one. */
  readonly times?: number;
}

const LONGEST = 1_000;
const LONGEST_FIELDS = 500;
const LONGEST_NAME = 128;

/** Who did it, as far as anything tells; empty otherwise. */
export function tamperedBy({ by }: Tampering): string {
  return by.map((one) => line(visible(one), LONGEST_NAME)).join(', ');
}

/** Two or three sentences, in one line. */
export function tamperedText(tampering: Tampering): string {
  const { kind, name, deed, fields, wasAway, isRestored, times } = tampering;
  const by = tamperedBy(tampering);
  const where = fields.length === 0 ? '' : ` at ${line(visible(fields.join(', ')), LONGEST_FIELDS)}`;
  const when = wasAway ? ', while no controller of Assent ran' : '';
  const who =
    by === ''
      ? 'The audit log of the API server says who it was'
      : `Whoever did it called themselves ${by}; the audit log of the API server says who it was`;
  const often =
    times === undefined ? '' : ` ${times === 1 ? 'once more' : `${times} more times`} since it was told`;
  const now = isRestored
    ? 'Assent put it back'
    : 'Assent cannot put it back: an administrator applies the definitions of the installed version again';
  return line(`${kind} ${name} was ${deed}${often}${where}${when}. ${now}. ${who}.`, LONGEST);
}
