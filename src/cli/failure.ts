// Why a command could not be carried out, as a sentence that names the server: Node's own words alone help nobody.
import { ApiError, UnreachableError } from '../kube/errors.ts';

/** What the codes of Node, undici and OpenSSL mean to a person. */
const MEANING: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'no such host name is known',
  EAI_AGAIN: 'its host name cannot be looked up now',
  EHOSTUNREACH: 'there is no way to that host from here',
  ENETUNREACH: 'there is no way to that network from here',
  ETIMEDOUT: 'it does not answer',
  UND_ERR_CONNECT_TIMEOUT: 'it does not answer',
  ECONNRESET: 'it broke off the connection',
  UND_ERR_SOCKET: 'it broke off the connection',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is not one that the kubeconfig trusts',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not one that the kubeconfig trusts',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not one that the kubeconfig trusts',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is not one that the kubeconfig trusts',
};

/** How the API server says that a webhook of ours did not answer. */
const NO_ANSWER = /failed calling webhook "[-a-z]+\.assent\.dev": (?:failed to call webhook: )?(.*)$/s;

/**
 * Why Assent did not answer, where that is what the API server says; undefined otherwise. Without the path of the call: it
 * holds the segment by which Assent knows the API server.
 */
export function unanswered(error: ApiError): string | undefined {
  const cause = NO_ANSWER.exec(error.message)?.[1];
  return cause === undefined ? undefined : withoutPaths(cause.replace(/^(?:Post|Get) "[^"]*": /, ''));
}

const withoutPaths = (text: string): string => text.replaceAll(/(https:\/\/[^\s/"]+)\/[^\s"]*/g, '$1');

/**
 * One sentence about an error, with the code in brackets where there is one.
 * @param server URL of the API server; undefined when the kubeconfig could not be read
 */
export function failureWords(error: unknown, server: string | undefined): string {
  const message = error instanceof Error && error.message !== '' ? error.message : 'something went wrong';
  if (server === undefined) return kubeconfigWords(error, message);
  const where = `the API server ${URL.canParse(server) ? new URL(server).host : server}`;
  if (error instanceof UnreachableError) return unreachable(error, where);
  if (!(error instanceof ApiError)) return message;
  const cause = unanswered(error);
  if (cause !== undefined) return `Assent does not answer: ${cause}`;
  if (error.code === 401) return `${where} does not accept the credentials of this kubeconfig: log in again`;
  const isUnserved = error.code === 404 && (error.details.name ?? '') === '';
  return isUnserved ? `${where} does not serve assent.dev: is Assent installed there?` : message;
}

function unreachable(error: UnreachableError, where: string): string {
  switch (error.code) {
    case 'connection': {
      const code = codeOf(error.cause);
      return `cannot reach ${where}: ${MEANING[code] ?? 'the connection failed'} (${code || 'no code'})`;
    }
    case 'timeout':
      return `${where} did not answer in time`;
    case 'credentials':
      return `the kubeconfig yields no credentials for ${where}: ${causeOf(error)}`;
    case 'too-large':
    case 'redirect':
    case 'unreadable':
      return `${where} gave an answer that cannot be used: ${error.message}`;
  }
}

function kubeconfigWords(error: unknown, message: string): string {
  const { path } = (error ?? {}) as { path?: string };
  switch (codeOf(error)) {
    case 'ENOENT':
      return `there is no kubeconfig ${path ?? ''}`.trimEnd();
    case 'EACCES':
      return `the kubeconfig ${path ?? ''} may not be read by you`;
    default:
      return message.includes('kubeconfig') ? message : `the kubeconfig cannot be used: ${message}`;
  }
}

function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : '';
}

const causeOf = ({ cause, message }: UnreachableError): string =>
  cause instanceof Error ? cause.message : message;
