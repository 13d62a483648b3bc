// Draws the charts of a report with uPlot, which stands before this in the document. Needs no network.
'use strict'
;(() => {
  const VALUES = 220
  const SCORES = 84
  const AXIS = 64
  const SCORE_TOP = 4
  const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
  const MINUTE = 60_000
  const DAY = 86_400_000
  const STRIPS = ['label', 'fitted']

  const color = name => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()
  const data = id => {
    const chart = JSON.parse(document.getElementById(id).textContent)
    let x = 0
    chart.x = chart.x.map(step => (x += step))
    return chart
  }
  const two = number => String(number).padStart(2, '0')
  const time = ms => new Date(ms).toISOString().replace('T', ' ').replace('.000Z', '').replace('Z', '')

  /** Ticks in UTC; the date and its year stand under the first one and wherever a new day begins. */
  function timeTicks(times, step) {
    let before = null
    return times.map(ms => {
      const at = new Date(ms)
      const day = at.toISOString().slice(0, 10)
      const date = `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]} ${at.getUTCFullYear()}`
      const isNew = day !== before
      before = day
      if (step >= DAY) return date
      const seconds = step < MINUTE ? `:${two(at.getUTCSeconds())}` : ''
      return `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}${seconds}${isNew ? `\n${date}` : ''}`
    })
  }

  function shade(u, shades) {
    const { ctx, bbox } = u
    ctx.save()
    ctx.beginPath()
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
    ctx.clip()
    for (const [first, last, kind] of shades) {
      const strip = STRIPS.includes(kind)
      const left = u.valToPos(first, 'x', true)
      const width = Math.max(u.valToPos(last, 'x', true) - left, 2 * devicePixelRatio)
      ctx.fillStyle = color(strip ? kind : `shade-${kind === 'false' ? 'critical' : kind}`)
      ctx.fillRect(left, bbox.top, width, strip ? 6 * devicePixelRatio : bbox.height)
    }
    ctx.restore()
  }

  /** Mark at the border what is off the scale, with the furthest value. */
  function offScale(u) {
    const { min, max } = u.scales.y
    const { min: first, max: last } = u.scales.x
    const [x, values] = u.data
    for (const above of [true, false]) {
      let at = -1
      values.forEach((value, i) => {
        if (value === null || x[i] < first || x[i] > last || (above ? value <= max : value >= min)) return
        if (at < 0 || (above ? value > values[at] : value < values[at])) at = i
      })
      if (at < 0) continue
      const { ctx, bbox } = u
      const left = u.valToPos(x[at], 'x', true)
      const y = above ? bbox.top + 14 * devicePixelRatio : bbox.top + bbox.height - 4 * devicePixelRatio
      ctx.save()
      ctx.fillStyle = color('critical')
      ctx.font = `600 ${11 * devicePixelRatio}px system-ui, sans-serif`
      ctx.textAlign = left > bbox.left + bbox.width / 2 ? 'right' : 'left'
      ctx.fillText(`${above ? '▲' : '▼'} ${Number(values[at].toPrecision(4))}`, left, y)
      ctx.restore()
    }
  }

  /** Samples without a neighbour, which no line shows. */
  function alone(u, seriesIdx, show) {
    if (show) return null
    const values = u.data[seriesIdx]
    const found = []
    values.forEach((value, i) => {
      if (value !== null && (values[i - 1] ?? null) === null && (values[i + 1] ?? null) === null) found.push(i)
    })
    return found
  }

  const line = (label, stroke, width, more) => ({
    label,
    stroke,
    width,
    points: { show: false },
    value: (_u, value) => (value === null || value === undefined ? '–' : String(value)),
    ...more,
  })

  function options(chart, host, height, more) {
    const axis = { stroke: color('muted'), grid: { stroke: color('line-soft'), width: 1 }, ticks: { show: false } }
    const ticks = chart.clock
      ? (_u, times, _axis, _space, step) => timeTicks(times, step)
      : (_u, numbers) => numbers.map(number => number.toLocaleString('en'))
    return {
      width: host.clientWidth || 1000,
      height,
      ms: 1,
      tzDate: ms => uPlot.tzDate(new Date(ms), 'Etc/UTC'),
      padding: [8, 12, 0, 0],
      cursor: { y: false, sync: { key: chart.key, scales: ['x', null] }, points: { size: 6 } },
      ...more,
      axes: [
        { ...axis, space: 90, size: more.withTimes ? 42 : 0, values: more.withTimes ? ticks : () => [] },
        { ...axis, size: AXIS, ...more.valueAxis },
      ],
    }
  }

  function values(chart, host) {
    const columns = [chart.x, chart.values]
    const series = [
      { label: chart.clock ? 'UTC' : 'sample', value: (_u, x) => (x === null ? '–' : chart.clock ? time(x) : x) },
      line('value', color('value'), 1.2, { points: { show: chart.x.length < 200, size: 4, filter: alone } }),
    ]
    const bands = []
    if (chart.expected) {
      columns.push(chart.high, chart.low, chart.expected)
      series.push(line('high', 'transparent', 0), line('low', 'transparent', 0))
      series.push(line('expected', color('middle'), 1))
      bands.push({ series: [2, 3], fill: color('band') })
    }
    const whole = u => u.scales.x.min === chart.shown[0] && u.scales.x.max === chart.shown[1]
    const made = {
      bands,
      series,
      legend: { show: true, live: true, markers: { show: false } },
      scales: {
        x: { time: chart.clock },
        y: { range: (u, low, high) => (whole(u) || low === null ? chart.range : uPlot.rangeNum(low, high, 0.08, true)) },
      },
      hooks: { drawClear: [u => shade(u, chart.shades)], draw: [offScale] },
      valueAxis: chart.unit ? { label: chart.unit, labelSize: 16, labelFont: '11px system-ui', size: AXIS - 16 } : {},
    }
    return new uPlot(options(chart, host, VALUES, made), columns, host)
  }

  function scores(chart, host) {
    const highest = chart.scores.reduce((most, score) => Math.max(most, score ?? 0), 0)
    const top = Math.min(Math.max(1.5, highest * 1.05), SCORE_TOP)
    const capped = chart.scores.map(score => (score === null ? null : Math.min(score, top)))
    const excess = capped.map(score => (score !== null && score > 1 ? score : null))
    const made = {
      withTimes: true,
      series: [
        {},
        line('score', color('accent'), 1.1, { points: { show: false, filter: alone } }),
        line('above 1', color('critical'), 1, { fill: color('critical'), fillTo: 1 }),
        line('threshold', color('muted'), 1, { dash: [4, 3] }),
      ],
      legend: { show: false },
      scales: { x: { time: chart.clock }, y: { range: () => [0, top] } },
      hooks: { drawClear: [u => shade(u, chart.shades.filter(([, , kind]) => !STRIPS.includes(kind)))] },
      valueAxis: { label: 'score', labelSize: 16, labelFont: '11px system-ui', size: AXIS - 16, splits: () => [0, 1] },
    }
    const columns = [chart.x, capped, excess, chart.x.map(() => 1)]
    return new uPlot(options(chart, host, SCORES + 42, made), columns, host)
  }

  function draw(host) {
    const chart = data(host.dataset.chart)
    chart.key = host.dataset.chart
    chart.shown ??= [chart.x[0], Math.max(chart.x.at(-1), chart.x[0] + 1)]
    const plots = [values(chart, host), scores(chart, host)]
    for (const plot of plots) {
      plot.setScale('x', { min: chart.shown[0], max: chart.shown[1] })
      plot.hooks.setScale = [
        (u, key) => {
          if (key !== 'x') return
          const { min, max } = u.scales.x
          for (const other of plots)
            if (other.scales.x.min !== min || other.scales.x.max !== max) other.setScale('x', { min, max })
        },
      ]
    }
    new ResizeObserver(() => {
      for (const plot of plots) plot.setSize({ width: host.clientWidth, height: plot.height })
    }).observe(host)
    host.dataset.drawn = 'true'
  }

  function spark(host) {
    const chart = data(host.dataset.spark)
    const [low, high] = chart.range
    const shown = chart.shown ?? [chart.x[0], Math.max(chart.x.at(-1), chart.x[0] + 1)]
    const found = chart.shades.filter(([, , kind]) => !STRIPS.includes(kind))
    const made = {
      width: 160,
      height: 26,
      padding: [1, 0, 1, 0],
      cursor: { show: false },
      legend: { show: false },
      select: { show: false },
      axes: [{ show: false }, { show: false }],
      scales: { x: { time: false, range: () => shown }, y: { range: () => [low, high] } },
      series: [{}, line('', color('muted'), 1, { points: { show: false, filter: alone } })],
      hooks: { drawClear: [u => shade(u, found)] },
    }
    new uPlot(made, [chart.x, chart.values], host)
  }

  /** Each chart is drawn when it comes into sight: a closed one when it is opened. */
  const seen = new IntersectionObserver(
    entries => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue
        seen.unobserve(target)
        if (target.dataset.chart) draw(target)
        else spark(target)
      }
    },
    { rootMargin: '400px' },
  )
  for (const host of document.querySelectorAll('[data-chart], [data-spark]')) seen.observe(host)
})()
