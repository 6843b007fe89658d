// The little protobuf that the API server does not write for us: options and subresources that it answers with something
// else. Everything else is sent back as the API server itself encoded it.

/** One length-delimited field of fewer than 128 bytes; strings are UTF-8. */
export function field(number: number, value: Buffer | string): Buffer {
  const bytes = Buffer.from(value);
  if (bytes.length > 127 || number > 15) throw new Error('this field needs a real encoder');
  return Buffer.concat([Buffer.from([number * 8 + 2, bytes.length]), bytes]);
}

/** `k8s\0`, then a type and a message: k8s.io/apimachinery runtime.Unknown. */
export function envelope(apiVersion: string, kind: string, message: Buffer): Buffer {
  const type = Buffer.concat([field(1, apiVersion), field(2, kind)]);
  return Buffer.concat([Buffer.from('k8s\0'), field(1, type), field(2, message)]);
}

/** ObjectMeta with a name and a namespace. */
export function metadata(place: { readonly name: string; readonly namespace: string }): Buffer {
  return Buffer.concat([field(1, place.name), field(3, place.namespace)]);
}
