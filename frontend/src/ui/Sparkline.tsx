import { type Series, sparkPath } from '../charts/sparkline'

const WIDTH = 44
const HEIGHT = 16

/** The shape of a series at a glance; its numbers stand beside it, so it has no name of its own. */
export function Sparkline({ series, color }: { series: Series; color: string }) {
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width={WIDTH} height={HEIGHT} aria-hidden="true">
      <path
        d={sparkPath(series, WIDTH, HEIGHT)}
        fill="none"
        stroke={color}
        strokeWidth="1.2"
        strokeLinejoin="round"
      />
    </svg>
  )
}
