// The digest of exactly the blocks that were sent: stored with a decision, it says what the approver saw (INV-9).
import { createHash } from 'node:crypto';
import { canonicalJson } from '../../domain/change/json.ts';
import { toJson } from '../../domain/request/sealed.ts';
import type { Block } from './block-types.ts';

/** `sha256:` and hex over the canonical JSON of the blocks. */
export function blocksDigest(blocks: readonly Block[]): string {
  return `sha256:${createHash('sha256')
    .update(canonicalJson(toJson(blocks)))
    .digest('hex')}`;
}
