/** Numbers as an operator reads them: as many digits as tell values apart, never more. */

const MINUS = '\u2212'
export const NOTHING = '–'

/** A value with about `digits` significant digits: `7.6512`, `12 345`, `1.2e-7`; an en dash for nothing. */
export function formatNumber(value: number | null | undefined, digits = 5): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NOTHING
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (size >= 1e9 || size < 1e-4) return value.toExponential(2).replace('-', MINUS)
  const whole = Math.floor(Math.log10(size)) + 1
  const decimals = Math.min(8, Math.max(0, digits - whole))
  const [integer = '', fraction = ''] = size.toFixed(decimals).split('.')
  const grouped = integer.replace(/\B(?=(\d{3})+$)/g, '\u202f')
  const trimmed = fraction.replace(/0+$/, '')
  return `${value < 0 ? MINUS : ''}${grouped}${trimmed ? `.${trimmed}` : ''}`
}

/** A value and its unit, joined by a space that does not break. */
export function formatQuantity(value: number | null | undefined, unit: string): string {
  const number = formatNumber(value)
  return number === NOTHING || unit === '' ? number : `${number}\u00a0${unit}`
}

/** A share of one as a percentage that never rounds up to 100 %: 0.9999 is `99.9 %`. */
export function formatShare(share: number | null | undefined): string {
  if (share === null || share === undefined) return NOTHING
  if (share >= 1) return '100\u00a0%'
  return `${(Math.floor(share * 1000) / 10).toFixed(1)}\u00a0%`
}

/** How rare nominal telemetry of such a confidence is, to two digits: one in `16 000`; nobody knows beyond 10⁹. */
export function formatRarity(confidence: number): string {
  const rarity = 1 / Math.max(1 - confidence, 1e-12)
  return rarity > 1e9 ? 'over 10⁹' : formatNumber(Number(rarity.toPrecision(2)), 12)
}

/** `1 event`, `2 events`, `2 batches`. */
export function count(n: number, noun: string): string {
  return `${formatNumber(n, 12)} ${noun}${n === 1 ? '' : noun.endsWith('ch') ? 'es' : 's'}`
}
