// Which proxy the environment names for an API server: HTTPS_PROXY and NO_PROXY, read as Go's clients and so kubectl read them
// (golang.org/x/net/http/httpproxy). Pure. A loopback address never has a proxy.
import { BlockList, isIP } from 'node:net';

/** The variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy for a server.
 *
 * @param server an https address
 * @returns an address with its scheme; undefined: none
 */
export function proxyFor(server: string, environment: Environment): string | undefined {
  const proxy = firstOf(environment, 'HTTPS_PROXY', 'https_proxy');
  if (proxy === undefined) return undefined;
  const { hostname, port } = new URL(server);
  const host = bare(hostname).toLowerCase();
  if (isLoopback(host)) return undefined;
  const exempt = (firstOf(environment, 'NO_PROXY', 'no_proxy') ?? '').toLowerCase().split(',');
  if (exempt.some((rule) => spares(rule.trim(), host, port || '443'))) return undefined;
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(proxy) ? proxy : `http://${proxy}`;
}

const firstOf = (environment: Environment, ...names: readonly string[]): string | undefined =>
  names.map((name) => environment[name]).find((value) => value !== undefined && value !== '');

/** An IPv6 address without its brackets. */
const bare = (host: string): string => host.replace(/^\[(.*)\]$/, '$1');

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');
const isLoopback = (host: string): boolean => host === 'localhost' || contains(LOOPBACK, host);

function contains(list: BlockList, host: string): boolean {
  const family = isIP(host);
  return family !== 0 && list.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

/** Whether an entry of NO_PROXY is about the host: `*`, a network, an address or a domain, the last two with a port or none. */
function spares(rule: string, host: string, port: string): boolean {
  if (rule === '') return false;
  if (rule === '*') return true;
  const several = networkOf(rule);
  if (several !== undefined) return contains(several, host);
  const { name, port: only } = splitPort(rule);
  if (only !== undefined && only !== port) return false;
  if (name === '') return false;
  if (isIP(name) !== 0) return contains(network(name, widthOf(name)), host);
  // `.example.com` and `*.example.com` are those below it only.
  const suffix = name.replace(/^\*(?=\.)/, '');
  return suffix.startsWith('.') ? host.endsWith(suffix) : host === suffix || host.endsWith(`.${suffix}`);
}

function networkOf(rule: string): BlockList | undefined {
  const [address = '', bits = '', ...more] = rule.split('/');
  if (more.length > 0 || !/^\d{1,3}$/.test(bits)) return undefined;
  return isIP(address) === 0 || Number(bits) > widthOf(address) ? undefined : network(address, Number(bits));
}

const widthOf = (address: string): number => (isIP(address) === 4 ? 32 : 128);

function network(address: string, bits: number): BlockList {
  const list = new BlockList();
  list.addSubnet(address, bits, isIP(address) === 4 ? 'ipv4' : 'ipv6');
  return list;
}

function splitPort(rule: string): { readonly name: string; readonly port?: string } {
  if (isIP(rule) !== 0) return { name: rule };
  const [, name = '', port] = /^(.*?)(?::(\d+))?$/.exec(rule) ?? [];
  return port === undefined ? { name: bare(name) } : { name: bare(name), port };
}
