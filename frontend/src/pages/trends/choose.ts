/** What is shown when the address leaves it open. */

import type { SpanQuery } from '../../api/queries'
import type { Feature, Satellite } from '../../api/types'
import type { View } from './url-state'

/** The satellite of the address; else, of those heard, an anomalous one before others, the newest samples first; else null. */
export function chooseSatellite(view: View, satellites: readonly Satellite[]): string | null {
  const heard = satellites.filter(satellite => satellite.newest_sample !== null)
  heard.sort((a, b) => trouble(b) - trouble(a) || compareText(b.newest_sample, a.newest_sample))
  return view.satellite ?? heard[0]?.satellite_id ?? null
}

const trouble = (satellite: Satellite) => Number(satellite.verdict === 'ANOMALY')
const compareText = (a: string | null, b: string | null) => (a ?? '').localeCompare(b ?? '')

/** The channel of the address if the satellite has it; else the one that most needs a look; null when there is none. */
export function chooseChannel(view: View, features: readonly Feature[]): string | null {
  if (view.metric !== null && features.some(feature => feature.channel === view.metric)) return view.metric
  const byNeed = [...features].sort((a, b) => need(b) - need(a))
  return byNeed[0]?.channel ?? null
}

/** Events first, the critical before the warning, then the score as a share of its threshold. */
function need(feature: Feature): number {
  const severity = feature.severity === 'critical' ? 2e6 : feature.severity === 'warning' ? 1e6 : 0
  const judged = feature.role === 'judged' ? 1 : 0
  const ratio = feature.score !== null && feature.threshold ? feature.score / feature.threshold : 0
  return severity + judged + Math.min(ratio, 1e5)
}

export function spanOf(view: View): SpanQuery {
  if (view.zoom === null) return { range: view.range }
  return { from: new Date(view.zoom.start).toISOString(), to: new Date(view.zoom.end).toISOString() }
}
