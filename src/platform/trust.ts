// Whom the API server trusts while somebody else makes the gate's certificates: the CAs of now, and for a day those before
// them. The controller publishes them before it registers them; a gate takes up a new certificate only when its CA is
// published, so that at no moment one is served that is not trusted (INV-7). Held in a Secret, without any key.
import { bundle, certificatesIn } from './certificates.ts';

import { secretText, toSecretData, type Parsed, type SecretData } from './secret-store.ts';

/** How long CAs stay trusted when others have taken their place: many times what a mounted Secret needs to follow. */
const OVERLAP_MS = 24 * 3_600_000;
/** So many CAs of before at most, the newest: an issuer that never rests must not fill the Secret. */
const MOST_BEFORE = 8;

/** Published trust. */
export interface Trust {
  /** CAs of the certificate in use, PEM; '' when Assent makes its certificates itself again. */
  readonly current: string;
  /** CAs that were trusted before, PEM. */
  readonly before?: { readonly pem: string; readonly until: number };
}

/**
 * Trust after a look at the CAs.
 * @param current the CAs of now, PEM; '' for none
 * @param others CAs that may still be served, where no CAs were published so far: those that Assent made itself. PEM
 * @returns the same object when nothing has to change
 */
export function nextTrust(trust: Trust | undefined, current: string, now: number, others = ''): Trust {
  const before = trust && beforeAt(trust, now);
  if (trust?.current === current) return before === trust.before ? trust : { current };
  const left = trust?.current || others;
  const all = certificatesIn(`${left}\n${before?.pem ?? ''}`);
  const gone = all.filter((pem) => !current.includes(pem.trim()));
  const pem = bundle(gone.slice(0, MOST_BEFORE), now);
  return pem === '' ? { current } : { current, before: { pem, until: now + OVERLAP_MS } };
}

const beforeAt = ({ before }: Trust, now: number): Trust['before'] =>
  before !== undefined && before.until > now ? before : undefined;

/** All CAs that are to be trusted now. PEM. */
export function trustBundle(trust: Trust, now: number): string {
  const before = certificatesIn(beforeAt(trust, now)?.pem ?? '');
  return bundle([...certificatesIn(trust.current), ...before], now);
}

/** As `data` of a Secret. */
export function trustToSecret({ current, before }: Trust): SecretData {
  return toSecretData({
    'ca.crt': current,
    'before.crt': before?.pem,
    'before-until': before && new Date(before.until).toISOString(),
  });
}

/** Reads the Secret. */
export function trustFromSecret(data: SecretData): Parsed<Trust> {
  const current = secretText(data, 'ca.crt');
  const pem = secretText(data, 'before.crt');
  const until = Date.parse(secretText(data, 'before-until') ?? '');
  if (current === undefined) return { ok: false, why: 'the entry ca.crt is missing' };
  if (data['before.crt'] === undefined) return { ok: true, value: { current } };
  if (pem === undefined || Number.isNaN(until))
    return { ok: false, why: 'before.crt and before-until do not belong together' };
  return { ok: true, value: { current, before: { pem, until } } };
}
