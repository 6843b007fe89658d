// The proxy of the environment, as kubectl reads it.
import { describe, expect, it } from 'vitest';
import { proxyFor } from './proxy-environment.ts';

const PROXY = 'http://proxy.test:3128';
const through = (server: string, noProxy?: string) =>
  proxyFor(server, { HTTPS_PROXY: PROXY, ...(noProxy === undefined ? {} : { NO_PROXY: noProxy }) });

describe('a proxy of the environment', () => {
  it('is taken from HTTPS_PROXY, then https_proxy, and from no other variable', () => {
    expect(proxyFor('https://k8s.test', {})).toBeUndefined();
    expect(proxyFor('https://k8s.test', { HTTP_PROXY: PROXY, ALL_PROXY: PROXY })).toBeUndefined();
    expect(proxyFor('https://k8s.test', { HTTPS_PROXY: '', https_proxy: PROXY })).toBe(PROXY);
    expect(proxyFor('https://k8s.test', { HTTPS_PROXY: PROXY, https_proxy: 'http://other.test' })).toBe(
      PROXY,
    );
  });

  it('is an http proxy where it has no scheme', () => {
    expect(proxyFor('https://k8s.test', { HTTPS_PROXY: 'proxy.test:3128' })).toBe(PROXY);
    expect(proxyFor('https://k8s.test', { HTTPS_PROXY: 'socks5://proxy.test' })).toBe('socks5://proxy.test');
  });

  it.each(['https://localhost:6443', 'https://127.0.0.1:6443', 'https://127.9.9.9', 'https://[::1]:6443'])(
    'is never used for %s',
    (server) => expect(through(server)).toBeUndefined(),
  );

  it.each([
    ['https://k8s.test', '*'],
    ['https://k8s.test', 'k8s.test'],
    ['https://a.k8s.test', 'other.test, k8s.test'],
    ['https://a.K8S.test', '.k8s.TEST'],
    ['https://a.k8s.test', '*.k8s.test'],
    ['https://k8s.test', 'k8s.test:443'],
    ['https://10.1.2.3:6443', '10.0.0.0/8'],
    ['https://10.1.2.3:6443', '10.1.2.3'],
    ['https://10.1.2.3:6443', '10.1.2.3:6443'],
    ['https://[2001:db8::5]', '2001:db8::/32'],
    ['https://[2001:db8::5]', '[2001:db8::5]:443'],
    ['https://[2001:db8::5]', '2001:0db8::0005'],
  ])('is not used for %s with NO_PROXY=%s', (server, noProxy) =>
    expect(through(server, noProxy)).toBeUndefined(),
  );

  it.each([
    ['https://k8s.test', ''],
    ['https://k8s.test', ' , '],
    ['https://k8s.test.:6443', ':6443'],
    ['https://k8s.test', '.k8s.test'],
    ['https://notk8s.test', 'k8s.test'],
    ['https://k8s.test', 'k8s.test:6443'],
    ['https://10.1.2.3', '10.1.2.30'],
    ['https://11.1.2.3', '10.0.0.0/8'],
    ['https://10.1.2.3', '10.0.0.0/99'],
    ['https://10.1.2.3', '2001:db8::/32'],
  ])('is used for %s with NO_PROXY=%s', (server, noProxy) => expect(through(server, noProxy)).toBe(PROXY));
});
