import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { checkAuditLog } from './check.ts';

const KEPT = fileURLToPath(new URL('../../test/golden/audit/forced-allow.jsonl', import.meta.url));

describe('the kept log of a gate that was forced to allow', () => {
  it('INV-1: is red', async () => {
    const { counts, violations } = await checkAuditLog(KEPT);
    expect(counts.gated).toBeGreaterThan(0);
    expect(violations.map((one) => one.invariant)).toContain('INV-1');
  });
});
