// What a button carries: which installation, which request, and the digest of what was shown. Nothing in it is trusted:
// whoever reads it compares it with the live request.
const FORM = /^v1:([A-Za-z0-9][A-Za-z0-9.-]{0,62}):([A-Za-z0-9-]{1,64}):([0-9a-f]{16})$/;

/** What a button points at. */
export interface ButtonTarget {
  /** Which installation of Assent posted it. */
  readonly installation: string;
  /** metadata.uid of the request. */
  readonly uid: string;
  /** First 16 hex digits of the digest of the card. */
  readonly digest16: string;
}

/** `v1:<installation>:<uid>:<digest16>`. @param digest of the card, `sha256:` and hex */
export function buttonValue(installation: string, uid: string, digest: string): string {
  return `v1:${installation}:${uid}:${digest16(digest)}`;
}

/** The part of a digest that buttons carry. */
export const digest16 = (digest: string): string => digest.slice('sha256:'.length).slice(0, 16);

/** Reads it back; undefined when it is none of ours. */
export function readButtonValue(value: unknown): ButtonTarget | undefined {
  const [, installation, uid, digest] = (typeof value === 'string' && FORM.exec(value)) || [];
  if (installation === undefined || uid === undefined || digest === undefined) return undefined;
  return { installation, uid, digest16: digest };
}

/** Which button, dialog or input it is. */
export const ACTIONS = {
  approve: 'assent.approve',
  /** Approves as well, after a dialog that asks for a reason. */
  approveWithReason: 'assent.approve-with-reason',
  deny: 'assent.deny',
  details: 'assent.details',
  /** The dialog that asks for the code of a link. */
  link: 'assent.link',
  /** The dialog that names the user of the cluster before an account is linked. */
  confirmLink: 'assent.confirm-link',
  /** A dialog that only says something. */
  said: 'assent.said',
} as const;
