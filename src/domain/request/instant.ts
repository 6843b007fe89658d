// Points in time as text and back, without `Date`: pure, UTC only. Deadlines are cut down to whole seconds, so that an
// end is never later than computed (INV-8) and all deadlines have one form.

const DAY_MS = 86_400_000;
/** 9999-12-31T23:59:59.999Z: RFC 3339 has four digits for the year. */
const LAST = 253_402_300_799_999;
const FORM = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?Z$/;

/**
 * When something happened: RFC 3339, UTC, always with milliseconds.
 * @param ms epoch ms; clamped to the years 1970 to 9999
 */
export function instant(ms: number): string {
  const at = clamp(ms);
  return `${seconds(at)}.${pad(at % 1_000, 3)}Z`;
}

/**
 * When something ends: RFC 3339, UTC, in whole seconds, rounded down.
 * @param ms epoch ms; clamped to the years 1970 to 9999
 */
export function deadline(ms: number): string {
  return `${seconds(clamp(ms))}Z`;
}

/**
 * From when on something is possible again: RFC 3339, UTC, in whole seconds, rounded up, so that nobody comes too early.
 * @param ms epoch ms; clamped to the years 1970 to 9999
 */
export function notBefore(ms: number): string {
  return deadline(Math.ceil(ms / 1_000) * 1_000);
}

/**
 * Reads a time as Assent and the API server write it.
 * @returns epoch ms, or undefined when the text is no such time; the caller then takes the strict side
 */
export function parseInstant(text: string | undefined): number | undefined {
  const parts = FORM.exec(text ?? '');
  if (!parts) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1, 7).map(Number);
  const fraction = Number((parts[7] ?? '').padEnd(3, '0').slice(0, 3));
  const ms =
    daysFromCivil(year, month, day) * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1_000 + fraction;
  // Days and hours that do not exist (30 February, 24:00) come out as others.
  return text?.startsWith(seconds(ms)) ? ms : undefined;
}

function clamp(ms: number): number {
  return Number.isFinite(ms) ? Math.min(LAST, Math.max(0, Math.floor(ms))) : 0;
}

function seconds(ms: number): string {
  const [year, month, day] = civilFromDays(Math.floor(ms / DAY_MS));
  const inDay = Math.floor((ms % DAY_MS) / 1_000);
  const time = [Math.floor(inDay / 3_600), Math.floor(inDay / 60) % 60, inDay % 60].map((one) => pad(one, 2));
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}T${time.join(':')}`;
}

function pad(value: number, digits: number): string {
  return String(value).padStart(digits, '0');
}

// Both directions: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms". Years begin in March, eras have 400 years.

function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function civilFromDays(days: number): [year: number, month: number, day: number] {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const leap = Math.floor(dayOfEra / 1_460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leap) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return [year, month, dayOfYear - Math.floor((153 * fromMarch + 2) / 5) + 1];
}
