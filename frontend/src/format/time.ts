/** Times, always UTC and always said so where they stand alone. Input: milliseconds since the Unix epoch, or ISO 8601. */

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

export function toMs(time: string | number): number {
  return typeof time === 'number' ? time : Date.parse(time)
}

/** `2026-11-21 14:05:09` */
export function formatDateTime(time: string | number): string {
  return new Date(toMs(time)).toISOString().slice(0, 19).replace('T', ' ')
}

/** `14:05:09` */
export function formatClock(time: string | number): string {
  return new Date(toMs(time)).toISOString().slice(11, 19)
}

/** `21 Nov 14:05` */
export function formatShortTime(time: string | number): string {
  const date = new Date(toMs(time))
  const month = date.toLocaleString('en-GB', { month: 'short', timeZone: 'UTC' }).slice(0, 3)
  return `${date.getUTCDate()} ${month} ${date.toISOString().slice(11, 16)}`
}

/** A span as two times, the second without its date where it is the same day: `2026-11-21 10:00:00 – 14:05:09`. */
export function formatSpan(from: string | number, to: string | number): string {
  const start = formatDateTime(from)
  const end = formatDateTime(to)
  return `${start} – ${start.slice(0, 10) === end.slice(0, 10) ? end.slice(11) : end}`
}

/** A length of time in its two largest units: `45 s`, `14 min`, `2 h 05 min`, `3 d 4 h`. */
export function formatDuration(ms: number): string {
  if (ms < MINUTE) return `${Math.round(ms / 1000)} s`
  if (ms < HOUR) return `${Math.round(ms / MINUTE)} min`
  if (ms < DAY) {
    const minutes = Math.round(ms / MINUTE)
    return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`
  }
  const hours = Math.round(ms / HOUR)
  return `${Math.floor(hours / 24)} d ${hours % 24} h`
}

/** Axis label: the clock, or the date where the step is a day or midnight is met. `step` in ms. */
export function formatTick(time: number, step: number): string {
  const date = new Date(time)
  const midnight = time % DAY === 0
  if (step >= DAY || midnight) return formatShortTime(time).split(' ').slice(0, 2).join(' ')
  return date.toISOString().slice(11, step < MINUTE ? 19 : 16)
}

/** Age from which what is known of a satellite is stale: two days, as old events raise no alarm either. */
export const STALE_MS = 2 * DAY

export function isStale(newest: string | number, now: number): boolean {
  return now - toMs(newest) > STALE_MS
}
