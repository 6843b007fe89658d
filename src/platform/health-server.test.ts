import { describe, expect, it } from 'vitest';
import { startHealthServer } from './health-server.ts';

describe('startHealthServer', () => {
  it('tells readiness with its reason, and serves metrics and nothing else', async () => {
    let isReady = false;
    const server = await startHealthServer(
      {
        metrics: () => Promise.resolve('a 1\n'),
        contentType: 'text/plain; version=0.0.4',
        ready: () =>
          isReady ? { ok: true, why: '' } : { ok: false, why: 'the copy of policies is out of date' },
      },
      0,
      '127.0.0.1',
    );
    const get = async (path: string, method = 'GET') => {
      const answer = await fetch(`http://127.0.0.1:${server.port}${path}`, { method });
      return [answer.status, await answer.text()];
    };
    expect(await get('/readyz')).toEqual([503, 'the copy of policies is out of date\n']);
    isReady = true;
    expect(await get('/readyz')).toEqual([200, 'ok\n']);
    expect(await get('/healthz')).toEqual([200, 'ok\n']);
    expect(await get('/metrics')).toEqual([200, 'a 1\n']);
    expect(await get('/other')).toEqual([404, '']);
    expect(await get('/metrics', 'POST')).toEqual([405, '']);
    await server.close();
  });
});
