// Kubernetes quantities: "0.1" and "100m" are one amount (k8s.io/apimachinery resource.Quantity).

const QUANTITY =
  /^([+-]?)([0-9]{0,20})(?:\.([0-9]{0,20}))?(?:([eE][+-]?[0-9]{1,2})|(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]))?$/;

const DECIMAL: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const BINARY: Readonly<Record<string, bigint>> = { Ki: 10n, Mi: 20n, Gi: 30n, Ti: 40n, Pi: 50n, Ei: 60n };

/** Every exponent above is larger, so that scaled amounts are integers. */
const SCALE = 128;

/** Whether the text is an amount such as 100m, 1Gi or 2e3. */
export function isQuantity(text: string): boolean {
  return scaled(text) !== undefined;
}

/** Whether both are quantities of the same amount. */
export function sameQuantity(a: string, b: string): boolean {
  const left = scaled(a);
  return left !== undefined && left === scaled(b);
}

/** The amount times 10^128; undefined when the text is no quantity. */
function scaled(text: string): bigint | undefined {
  const found = QUANTITY.exec(text);
  if (found === null) return undefined;
  const [, sign, whole = '', fraction = '', exponent, suffix = ''] = found;
  if (whole === '' && fraction === '') return undefined;
  const power = (DECIMAL[suffix] ?? 0) + Number(exponent?.slice(1) ?? 0) - fraction.length;
  const amount = (BigInt(`${whole}${fraction}`) << (BINARY[suffix] ?? 0n)) * 10n ** BigInt(SCALE + power);
  return sign === '-' ? -amount : amount;
}
