import { describe, expect, it } from 'vitest';
import { ACCESS_STATUSES } from '../../test/builders/cards.ts';
import { asksFor, aRequest, T0 } from '../../test/builders/request-facts.ts';
import { KINDS } from '../api/kinds.ts';
import type { ApprovalRequest } from '../api/approval-request.ts';
import { requestTable } from './table.ts';

const table = (status: ApprovalRequest['status']) => {
  const request = { ...aRequest(asksFor(), status), apiVersion: 'v1', kind: 'ApprovalRequest' };
  const lines = requestTable([request as unknown as ApprovalRequest], true, T0).split('\n');
  return lines.map((one) => one.split(/ {3,}/).map((cell) => cell.trim()));
};

describe('the table of requests', () => {
  it('has the columns of kubectl', () => {
    const columns = KINDS.find(({ kind }) => kind === 'ApprovalRequest')?.columns ?? [];
    expect(table(undefined)[0]).toEqual(['NAME', ...columns.map(({ name }) => name)]);
  });

  it('tells used from revoked, and when it ended', () => {
    const end = (step: string) => table(ACCESS_STATUSES[step])[1]?.slice(-2);
    expect(end('ended')).toEqual(['Used', '2026-11-22T10:08:01.000Z']);
    expect(end('revoked')?.[0]).toBe('Revoked');
    expect(end('granted')).toEqual(['<none>', '<none>']);
  });
});
