// Warnings of the API server: the header that it sends beside an answer (RFC 7234, 5.5), as text.

const WARNING = /299 \S+ "((?:[^"\\]|\\.)*)"/g;

/** The texts in the header, as they are; whoever prints them makes them harmless. @param header each of it, or all in one */
export function warningsIn(header: string | readonly string[] | undefined): string[] {
  const text = typeof header === 'string' ? header : (header ?? []).join(', ');
  return [...text.matchAll(WARNING)].map(([, quoted = '']) => quoted.replaceAll(/\\(.)/g, '$1'));
}
