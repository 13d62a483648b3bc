/** Horizontal lines (limits, thresholds) drawn across a chart. */

import type uPlot from 'uplot'
import { chartFont, cssVariable } from './theme'

export type Level = { value: number; label: string; color: string }

/** Those levels that can be shown without squeezing the data into less than half of the chart's height. */
export function levelsInReach(levels: readonly Level[], data: readonly [number, number] | null): Level[] {
  if (data === null) return []
  const reach = Math.max(data[1] - data[0], 1e-9) / 2
  return levels.filter(level => level.value >= data[0] - reach && level.value <= data[1] + reach)
}

/** A drawing hook: each level as a dashed line with its name at the right edge. */
export function drawLevels(levels: () => readonly Level[]): (u: uPlot) => void {
  return u => {
    const { ctx, bbox } = u
    const ratio = devicePixelRatio || 1
    ctx.save()
    ctx.font = chartFont(10 * ratio)
    ctx.textAlign = 'right'
    ctx.textBaseline = 'alphabetic'
    ctx.lineWidth = ratio
    ctx.setLineDash([5 * ratio, 4 * ratio])
    for (const level of levels()) {
      const y = Math.round(u.valToPos(level.value, 'y', true))
      if (y < bbox.top || y > bbox.top + bbox.height) continue
      ctx.strokeStyle = ctx.fillStyle = cssVariable(level.color)
      ctx.beginPath()
      ctx.moveTo(bbox.left, y)
      ctx.lineTo(bbox.left + bbox.width, y)
      ctx.stroke()
      const below = y - bbox.top < 14 * ratio
      ctx.fillText(level.label, bbox.left + bbox.width - 4 * ratio, y + (below ? 12 : -4) * ratio)
    }
    ctx.restore()
  }
}
