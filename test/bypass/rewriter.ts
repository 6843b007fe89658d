// A mutating webhook of an attacker.
import { startWebhook, type JsonServer } from '../builders/json-server.ts';

interface Review {
  readonly request: {
    readonly uid: string;
    readonly name?: string;
    readonly object?: { readonly data?: unknown };
  };
}

/** A mutating webhook that writes a value of its own into ConfigMaps of these names. */
export function startRewriter(names: readonly string[], data: object): Promise<JsonServer> {
  return startWebhook(({ body }) => {
    const { request } = JSON.parse(body.toString()) as Review;
    const { uid } = request;
    if (!names.includes(request.name ?? '')) return { uid, allowed: true };
    const operations = [{ op: 'add', path: '/data', value: data }];
    const patch = Buffer.from(JSON.stringify(operations)).toString('base64');
    return { uid, allowed: true, patchType: 'JSONPatch', patch };
  });
}
