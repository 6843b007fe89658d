// Durations as policies write them.

const FORM = /^(?:(\d{1,4})h)?(?:(\d{1,4})m)?(?:(\d{1,5})s)?$/;

/**
 * Reads a duration such as `1h30m`.
 * @returns seconds, or undefined when the text is no such duration
 */
export function durationSeconds(text: string): number | undefined {
  const parts = FORM.exec(text);
  if (!parts || text === '') return undefined;
  const [hours, minutes, seconds] = parts.slice(1).map((part) => Number(part ?? 0));
  return (hours ?? 0) * 3_600 + (minutes ?? 0) * 60 + (seconds ?? 0);
}
