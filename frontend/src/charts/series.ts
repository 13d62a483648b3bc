/** Time series made ready to draw: gaps shown as gaps, several series on one time axis. */

/** Values at event times (ms, rising); null where a sample is missing. */
export type Series = { readonly t: readonly number[]; readonly v: readonly (number | null)[] }

/** One time axis and a column for each series: null breaks the line, undefined is passed over. */
export type Aligned = { t: number[]; columns: (number | null | undefined)[][] }

export const EMPTY: Series = { t: [], v: [] }

/**
 * Put a null into every silence longer than `maxSilence` ms, so that the line breaks there
 * rather than inventing the samples in between.
 */
export function breakAtSilence(series: Series, maxSilence: number): Series {
  const t: number[] = []
  const v: (number | null)[] = []
  series.t.forEach((time, i) => {
    const before = series.t[i - 1]
    if (before !== undefined && time - before > maxSilence) {
      t.push(before + Math.floor((time - before) / 2))
      v.push(null)
    }
    t.push(time)
    v.push(series.v[i] ?? null)
  })
  return { t, v }
}

/** All series on the union of their times. A series is undefined where only another has a sample. */
export function align(all: readonly Series[]): Aligned {
  const t = [...new Set(all.flatMap(series => series.t))].sort((a, b) => a - b)
  const index = new Map(t.map((time, i) => [time, i]))
  const columns = all.map(series => {
    const column = new Array<number | null | undefined>(t.length).fill(undefined)
    series.t.forEach((time, i) => {
      column[index.get(time) as number] = series.v[i] ?? null
    })
    return column
  })
  return { t, columns }
}

/**
 * Places of the samples that no line reaches: a null, or nothing at all, lies on both sides of each. They are drawn as
 * points, so that a beacon now and then, or the only record of a pass, can be seen.
 */
export function lonely(column: ArrayLike<number | null | undefined>): number[] {
  const found: number[] = []
  let before: number | null = null // the sample before, unless the line broke
  let alone = -1 // the place of a sample that had none before it, while none has followed
  for (let i = 0; i < column.length; i++) {
    const value = column[i]
    if (value === undefined) continue
    if (value === null) {
      if (alone >= 0) found.push(alone)
      alone = -1
    } else {
      alone = before === null ? i : -1
    }
    before = value
  }
  if (alone >= 0) found.push(alone)
  return found
}

/** The lowest and highest value of the columns and of `also`, with room above and below; null when there is none. */
export function paddedExtent(
  columns: readonly (readonly (number | null | undefined)[])[],
  also: readonly number[] = [],
  room = 0.08,
): [number, number] | null {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const column of [...columns, also]) {
    for (const value of column) {
      if (value === null || value === undefined) continue
      if (value < low) low = value
      if (value > high) high = value
    }
  }
  if (low > high) return null
  const margin = high > low ? (high - low) * room : Math.max(Math.abs(high) * room, 0.5)
  return [low - margin, high + margin]
}
