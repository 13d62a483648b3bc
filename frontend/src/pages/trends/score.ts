import { formatNumber } from '../../format/number'

/** A score beside its threshold, in words. */
export function scoreText(score: number | null, threshold: number | null): string {
  if (score === null) return 'not scored'
  if (!threshold) return 'no threshold'
  return `${formatNumber(score / threshold, 3)} × threshold ${formatNumber(threshold, 3)}`
}
