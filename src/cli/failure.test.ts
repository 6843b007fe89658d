import { describe, expect, it } from 'vitest';
import { ApiError, UnreachableError, type UnreachableCode } from '../kube/errors.ts';
import { failureWords, unanswered } from './failure.ts';

const SERVER = 'https://prod.example:6443/prefix';
const because = (code: string) => Object.assign(new Error(`connect ${code}`), { code });
const unreachable = (code: UnreachableCode, cause?: Error) =>
  new UnreachableError(code, 'GET /apis/assent.dev: ECONNREFUSED', { cause });

describe('the words of a failure', () => {
  it.each([
    [
      unreachable('connection', because('ECONNREFUSED')),
      'cannot reach the API server prod.example:6443: nothing listens there (ECONNREFUSED)',
    ],
    [
      unreachable('connection', because('EWHATEVER')),
      'cannot reach the API server prod.example:6443: the connection failed (EWHATEVER)',
    ],
    [unreachable('timeout'), 'the API server prod.example:6443 did not answer in time'],
    [
      unreachable('credentials', new Error('aws-iam-authenticator is not installed')),
      'the kubeconfig yields no credentials for the API server prod.example:6443: aws-iam-authenticator is not installed',
    ],
    [
      new ApiError(401, { message: 'Unauthorized' }),
      'the API server prod.example:6443 does not accept the credentials of this kubeconfig: log in again',
    ],
    [
      new ApiError(404, { reason: 'NotFound', message: 'the server could not find the requested resource' }),
      'the API server prod.example:6443 does not serve assent.dev: is Assent installed there?',
    ],
    [
      new ApiError(403, { message: 'alice cannot list approvalrequests' }),
      'alice cannot list approvalrequests',
    ],
  ])('%s', (error, words) => expect(failureWords(error, SERVER)).toBe(words));

  it.each([
    [Object.assign(because('ENOENT'), { path: 'prod.yaml' }), 'there is no kubeconfig prod.yaml'],
    [new Error('the kubeconfig has no context "x"'), 'the kubeconfig has no context "x"'],
    [new Error('bad indentation'), 'the kubeconfig cannot be used: bad indentation'],
  ])('without a server: %s', (error, words) => expect(failureWords(error, undefined)).toBe(words));
});

describe('Assent that does not answer', () => {
  const url = 'https://127.0.0.1:8443/0123456789abcdef0123456789abcdef/stamp?timeout=10s';
  const failed = (rest: string) =>
    new ApiError(500, {
      message: `Internal error occurred: failed calling webhook "stamp.assent.dev": ${rest}`,
    });

  it.each([
    [
      `failed to call webhook: Post "${url}": dial tcp 127.0.0.1:8443: connect: connection refused`,
      'dial tcp 127.0.0.1:8443: connect: connection refused',
    ],
    [
      'failed to call webhook: the server could not find the requested resource',
      'the server could not find the requested resource',
    ],
    [`failed to call webhook: see ${url} there`, 'see https://127.0.0.1:8443 there'],
    ['expected response.uid="a", got "b"', 'expected response.uid="a", got "b"'],
  ])('is told by its cause, never with the path of the call: %s', (message, cause) => {
    expect(unanswered(failed(message))).toBe(cause);
    expect(failureWords(failed(message), SERVER)).toBe(`Assent does not answer: ${cause}`);
  });

  it('is not confused with a refusal or with another webhook', () => {
    expect(
      unanswered(
        new ApiError(403, { message: 'admission webhook "stamp.assent.dev" denied the request: x' }),
      ),
    ).toBeUndefined();
    const other =
      'Internal error occurred: failed calling webhook "a.example.com": failed to call webhook: x';
    expect(unanswered(new ApiError(500, { message: other }))).toBeUndefined();
  });
});
