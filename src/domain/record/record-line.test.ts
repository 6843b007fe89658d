import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  AGENT,
  aChange,
  aDecision,
  anApprover,
  aRequest,
  MINUTE,
  T0,
} from '../../../test/builders/request-facts.ts';
import { outboxEntry } from '../../api/approval-request.ts';
import { recount } from '../identity/recount.ts';
import { transition } from '../request/transition.ts';
import { recordJson, recordLines } from './record-line.ts';
import { tamperedLine } from './tampered-line.ts';

const approved = () => {
  const secret = aChange({
    diff: [{ path: 'data.password', op: 'Changed', to: { shown: '"hunter2"' } }],
    generateName: 'api-',
  });
  const request = aRequest({ change: secret, approveMasked: true });
  const count = recount(
    request,
    [aDecision({ reason: 'INC-1412' })],
    [anApprover('alice', 'alice')],
    T0 + MINUTE,
  );
  return { ...request, status: transition(request, { type: 'recounted', count }, T0 + MINUTE).status };
};

describe('recordLines', () => {
  it('writes one line for each line of the outbox, from where it was left', () => {
    expect(recordLines(approved(), 0).map((line) => line.type)).toEqual(['requested', 'decided', 'approved']);
    expect(recordLines(approved(), 2).map((line) => line.type)).toEqual(['approved']);
    expect(recordLines(approved(), 3)).toEqual([]);
    expect(recordLines(approved(), -1)).toHaveLength(3);
    expect(recordLines(aRequest(), 0)).toEqual([]);
  });

  it('has exactly this form', () => {
    const [line] = recordLines(approved(), 1);
    expect(recordJson(line!)).toBe(
      JSON.stringify({
        v: 1,
        id: 'request-uid.2',
        type: 'decided',
        time: '2026-11-22T10:06:00.000Z',
        cluster: 'cluster-uid',
        request: { uid: 'request-uid', name: 'delete-deployments-api-7k2m9q4tpx' },
        requester: { username: AGENT },
        action: 'delete',
        target: {
          group: 'apps',
          resource: 'deployments',
          subresource: '',
          namespace: 'payments',
          name: 'api',
          uid: 'object-uid',
        },
        fingerprint: 'v1:f00d',
        policies: [{ name: 'prod', digest: 'sha256:one' }],
        by: 'alice',
        note: 'Approve through kubectl: "INC-1412"',
      }),
    );
  });

  it('INV-10: carries nothing of the change but where it is', () => {
    const text = recordLines(approved(), 0).map(recordJson).join('\n');
    expect(text).not.toMatch(/hunter2|data\.password/);
  });

  it('is one line, whatever people write', () => {
    const request = approved();
    const note = 'line\nbreak';
    const outbox = [{ id: 'x', type: 'denied' as const, at: 'T', note }];
    const [line] = recordLines({ ...request, status: { ...request.status, outbox } }, 0);
    expect(recordJson(line!)).not.toContain('\n');
    expect(JSON.parse(recordJson(line!))).toEqual(line);
  });

  it('names an object whose name is made up by its prefix', () => {
    const request = approved();
    const nameless = { ...request, spec: { ...request.spec, change: { ...request.spec.change!, name: '' } } };
    expect(recordLines(nameless, 0)[0]?.target.name).toBe('api-*');
  });
});

describe('docs/reference/record.md', () => {
  const page = readFileSync(new URL('../../../docs/reference/record.md', import.meta.url), 'utf8');
  const paths = (value: unknown, prefix = ''): string[] => {
    if (Array.isArray(value)) return paths(value[0], `${prefix}[]`);
    if (typeof value !== 'object' || value === null) return [prefix];
    return Object.entries(value).flatMap(([key, one]) =>
      paths(one, prefix === '' ? key : `${prefix}.${key}`),
    );
  };

  it('documents every field, and no other', () => {
    const tampered = tamperedLine(
      {
        kind: 'APIService',
        name: 'n',
        deed: 'edited',
        fields: [],
        by: ['x'],
        wasAway: false,
        isRestored: false,
        times: 2,
      },
      { id: 'x', now: 0, cluster: 'c' },
    );
    const fields = [...paths(recordLines(approved(), 1)[0]), ...paths(tampered)];
    const documented = [...page.matchAll(/^\| `([a-zA-Z.[\]]+)` /gm)].map((match) => match[1]);
    expect(new Set(documented)).toEqual(new Set([...fields, ...outboxEntry.shape.type.options, 'tampered']));
  });
});
