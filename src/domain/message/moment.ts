// Times as people read them: to the second, and durations as kubectl takes them. What is stored keeps its milliseconds.

/** A time without its fraction of a second; anything else stays as it is. */
export function toSecond(time: string): string {
  return time.replace(/\.\d+Z$/, 'Z');
}

/**
 * How long to wait for something that may take `ms`: whole minutes below an hour, whole hours from then on, rounded up,
 * so that the wait outlasts it. Such as `4h` or `25m`; at least `1m`.
 */
export function patience(ms: number): string {
  const minutes = Math.max(1, Math.ceil(ms / 60_000));
  return minutes < 60 ? `${minutes}m` : `${Math.ceil(minutes / 60)}h`;
}

/** A duration to the second, such as `1h30m` or `45s`. */
export function exactly(seconds: number): string {
  const parts = [
    [Math.floor(seconds / 3_600), 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ] as const;
  return parts.map(([n, unit]) => (n === 0 ? '' : `${n}${unit}`)).join('') || '0s';
}
