/** What the dashboard shows, kept in the address: a link reproduces the view. */

export const RANGES = ['1h', '6h', '1d', '1w'] as const
export type Range = (typeof RANGES)[number]

export type View = {
  satellite: string | null
  metric: string | null
  range: Range
  /** Event times (ms) that the reader zoomed onto; they take the place of the range. */
  zoom: { start: number; end: number } | null
}

const SHORTEST_ZOOM = 1_000

export function readView(params: URLSearchParams): View {
  const range = RANGES.find(known => known === params.get('range')) ?? '1d'
  return {
    satellite: params.get('satellite') || null,
    metric: params.get('metric') || null,
    range,
    zoom: readZoom(params.get('from'), params.get('to')),
  }
}

function readZoom(from: string | null, to: string | null): View['zoom'] {
  const start = Date.parse(from ?? '')
  const end = Date.parse(to ?? '')
  return end - start >= SHORTEST_ZOOM ? { start, end } : null
}

/** The view as address parameters; parameters of others are kept. */
export function writeView(view: View, before = new URLSearchParams()): URLSearchParams {
  const params = new URLSearchParams(before)
  set(params, 'satellite', view.satellite)
  set(params, 'metric', view.metric)
  set(params, 'range', view.range)
  set(params, 'from', view.zoom && new Date(view.zoom.start).toISOString())
  set(params, 'to', view.zoom && new Date(view.zoom.end).toISOString())
  return params
}

function set(params: URLSearchParams, name: string, value: string | null) {
  if (value === null) params.delete(name)
  else params.set(name, value)
}
