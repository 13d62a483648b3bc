import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, render, screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { createMemoryRouter, RouterProvider } from 'react-router'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { answer } from '../../../mock/answers.ts'
import { batchOf, eventOf, type Pass, passesOf } from '../../../mock/world.ts'
import type { AnomalyEvent } from '../../api/types'
import { TrendPage } from './TrendPage'

// jsdom has no canvas; what the canvas shows is checked in a real browser.
vi.mock('../../charts/TimeChart', () => ({ TimeChart: ({ label }: { label: string }) => <p>{label}</p> }))

const answers = vi.fn<(path: string, query: URLSearchParams) => Response>()
const fromMock = (path: string, query: URLSearchParams) => Response.json(answer(path, query))
const problem = {
  type: 'about:blank',
  title: 'Storage away',
  status: 503,
  detail: 'VictoriaMetrics does not answer',
}

beforeEach(() => {
  answers.mockReset().mockImplementation(fromMock)
  vi.stubGlobal('fetch', async (request: Request) => {
    const { pathname, searchParams } = new URL(request.url)
    return answers(pathname, searchParams)
  })
})
afterEach(() => void vi.unstubAllGlobals())

function open(address = '/') {
  const router = createMemoryRouter(
    [
      {
        path: '/',
        element: (
          <main>
            <TrendPage />
          </main>
        ),
      },
    ],
    { initialEntries: [address] },
  )
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  render(
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
    </QueryClientProvider>,
  )
  const param = (name: string) => new URLSearchParams(router.state.location.search).get(name)
  return { param }
}

test('the page opens on the channel that most needs a look, and the address names it', async () => {
  const { param } = open()
  expect(await screen.findByRole('heading', { name: /battery_temp/ })).toBeTruthy()
  expect([param('satellite'), param('metric')]).toEqual(['SAT-001', 'battery_temp'])
  expect(await screen.findByText(/battery_temp, telemetry against forecasts/)).toBeTruthy()
})

test('a channel is found by search and chosen by keyboard alone', async () => {
  const user = userEvent.setup()
  const { param } = open()
  await user.type(await screen.findByRole('searchbox', { name: 'Search channels' }), 'wheel')
  const channels = screen.getByRole('listbox', { name: 'Channels' })
  expect(within(channels).getAllByRole('option')).toHaveLength(3)
  await user.keyboard('{ArrowDown}{ArrowDown}{Enter}')
  expect(param('metric')).toBe('wheel_2_rpm')
})

test('an event takes the chart to its channel and time', async () => {
  const user = userEvent.setup()
  const { param } = open()
  await user.click(await screen.findByRole('button', { name: /Anomaly, critical\s*data_backlog/ }))
  expect(param('metric')).toBe('data_backlog')
  expect(Date.parse(param('to') ?? '')).toBeGreaterThan(Date.parse(param('from') ?? ''))
  await user.click(screen.getByRole('button', { name: 'Reset zoom' }))
  expect(param('from')).toBeNull()
})

test('the page says which models and which calibration judged, and takes the chart to their batches', async () => {
  const user = userEvent.setup()
  const { param } = open('/?satellite=SAT-001&metric=gyro_x&range=1d')
  const panel = await screen.findByRole('region', { name: 'Judged by, in the span shown' })
  const judges = within(await within(panel).findByRole('list')).getAllByRole('listitem')
  expect(judges.map(judge => judge.textContent)).toEqual([
    expect.stringMatching(/^2 batches.*VAEc0b127a39dc6.*41d0f2a7c3beSAT-001’s own, fitted here.*2026-01-01/),
    expect.stringMatching(/^pass-1.*57d7a5a48ea7the mission’s, shipped with it.*nominal satellites/),
  ])
  await user.click(within(panel).getByRole('button', { name: 'pass-1' }))
  expect(param('from')).toBe('2026-01-01T09:00:00.000Z')
})

test('a span without verdicts says that nothing judged it', async () => {
  answers.mockImplementation((path, query) =>
    path === '/api/v1/trends/compare'
      ? Response.json({ ...(answer(path, query) as object), judgements: [] })
      : fromMock(path, query),
  )
  open()
  const panel = await screen.findByRole('region', { name: 'Judged by, in the span shown' })
  expect(await within(panel).findByText('Not judged')).toBeTruthy()
})

test('a chart of several takes says which it draws', async () => {
  const takes = [{ take: 1, from: '2026-01-01T00:00:00.000Z', to: '2026-01-01T09:00:00.000Z' }]
  answers.mockImplementation((path, query) =>
    path === '/api/v1/trends/compare'
      ? Response.json({ ...(answer(path, query) as object), takes })
      : fromMock(path, query),
  )
  open()
  expect(await screen.findByText(/Several batches share this time; the newest is drawn/)).toBeTruthy()
})

const EVENTS_PATH = '/api/v1/dashboard/anomalies'

/** The mock's answers, with this many events of SAT-001, in turn of battery_temp and of gyro_x. */
function withEvents(many: number) {
  answers.mockImplementation((path, query) => {
    if (path !== EVENTS_PATH) return fromMock(path, query)
    const [one] = eventOf(passesOf('SAT-001').find(pass => pass.fault) as Pass)
    const all = Array.from({ length: many }, (_, i) => ({
      ...(one as AnomalyEvent),
      event_id: `e${i}`,
      channel: i % 2 ? 'gyro_x' : 'battery_temp',
      explanation: `event ${i}`,
    }))
    const channel = query.get('channel')
    const found = all.filter(event => channel === null || event.channel === channel)
    const begin = Number(query.get('cursor') ?? 0)
    const next = begin + 50 < found.length ? String(begin + 50) : null
    return Response.json({ items: found.slice(begin, begin + 50), next })
  })
}

const eventButtons = () => within(screen.getByRole('list', { name: 'Events' })).getAllByRole('button')

test('events are one stop of the tabulator, walked by arrow keys, and go on where older ones were asked for', async () => {
  const user = userEvent.setup()
  withEvents(60)
  const { param } = open('/?satellite=SAT-001&metric=battery_temp')
  await user.click(await screen.findByRole('radio', { name: 'All' }))
  await user.tab()
  await screen.findByRole('list', { name: 'Events' })
  expect(eventButtons().filter(button => button.tabIndex === 0)).toHaveLength(1)
  expect(document.activeElement?.textContent).toContain('event 0')
  await user.keyboard('{ArrowDown}{ArrowDown}{End}{ArrowUp}')
  expect(document.activeElement?.textContent).toContain('event 48')
  await user.tab()
  await user.keyboard('{Enter}')
  await waitFor(() => expect(document.activeElement?.textContent).toContain('event 50'))
  expect(eventButtons()).toHaveLength(60)
  expect(screen.queryByRole('button', { name: 'Older events' })).toBeNull()
  await user.keyboard('{ArrowDown}{Enter}')
  expect(param('metric')).toBe('gyro_x')
})

test('the events of one channel are asked for apart, however many others are newer', async () => {
  const user = userEvent.setup()
  withEvents(60)
  open('/?satellite=SAT-001&metric=gyro_x')
  await user.click(await screen.findByRole('radio', { name: 'This channel' }))
  await waitFor(() => expect(eventButtons()).toHaveLength(30))
  expect(eventButtons().every(button => button.textContent?.includes('gyro_x'))).toBe(true)
})

test('a channel without events leads to all channels, a satellite without events is named', async () => {
  const user = userEvent.setup()
  withEvents(1)
  open('/?satellite=SAT-001&metric=gyro_x')
  await user.click(await screen.findByRole('radio', { name: 'This channel' }))
  expect(await screen.findByText('No anomaly was found in what was judged of gyro_x.')).toBeTruthy()
  await user.click(screen.getByRole('button', { name: 'All channels' }))
  expect(await screen.findByRole('list', { name: 'Events' })).toBeTruthy()
})

test('without events it is told whether anything was judged', async () => {
  withEvents(0)
  open('/?satellite=SAT-001&metric=gyro_x')
  expect(await screen.findByText('No anomaly was found in what was judged of SAT-001.')).toBeTruthy()
  cleanup()
  const pending = { ...batchOf(passesOf('SAT-001')[0] as Pass), verdict: 'PENDING' }
  answers.mockImplementation((path, query) =>
    path === EVENTS_PATH || path === '/api/v1/batches'
      ? Response.json({ items: path === EVENTS_PATH ? [] : [pending], next: null })
      : fromMock(path, query),
  )
  open('/?satellite=SAT-001&metric=gyro_x')
  expect(await screen.findByText('No batch of SAT-001 has a verdict.')).toBeTruthy()
})

test('a batch that could not be judged says so, with the reason, beside its telemetry', async () => {
  open('/?satellite=SAT-002&metric=gyro_x&range=1w')
  const chart = await screen.findByRole('region', { name: 'Telemetry and forecasts' })
  const told = await within(chart).findByRole('list', { name: 'Not judged in the span shown' })
  expect(
    within(told)
      .getAllByRole('listitem')
      .map(item => item.textContent),
  ).toEqual([expect.stringMatching(/^Insufficient data.* UTC: 40 of 1080 samples missing$/)])
})

test('an unknown satellite is said where its telemetry would be, and the others stay to be chosen', async () => {
  const user = userEvent.setup()
  answers.mockImplementation((path, query) =>
    query.get('satellite_id') === 'NOPE' ? Response.json(problem, { status: 404 }) : fromMock(path, query),
  )
  open('/?satellite=NOPE')
  const alert = await screen.findByRole('alert')
  expect(alert.closest('aside')).toBeNull()
  await user.click(screen.getByRole('option', { name: /SAT-002/ }))
  expect(await screen.findByRole('listbox', { name: 'Channels' })).toBeTruthy()
})

test('another satellite is shown with its own channels and without the zoom', async () => {
  const user = userEvent.setup()
  const { param } = open(
    '/?satellite=SAT-001&metric=gyro_x&from=2026-01-01T00:00:00Z&to=2026-01-01T01:00:00Z',
  )
  await user.click(await screen.findByRole('option', { name: /SAT-002/ }))
  expect([param('satellite'), param('metric'), param('from')]).toEqual(['SAT-002', 'gyro_x', null])
})

test('without telemetry the page says how to send some', async () => {
  answers.mockImplementation(() => Response.json({ items: [], next: null }))
  open()
  expect((await screen.findByRole('status', { name: '' })).textContent).toContain('make send')
})

test('a problem is shown with its detail, and trying again helps', async () => {
  const user = userEvent.setup()
  answers.mockImplementation(() => Response.json(problem, { status: 503 }))
  open()
  const alert = await screen.findByRole('alert')
  expect(alert.textContent).toContain(problem.detail)
  answers.mockImplementation(fromMock)
  await user.click(within(alert).getByRole('button', { name: 'Try again' }))
  expect(await screen.findByRole('listbox', { name: 'Satellites' })).toBeTruthy()
})

test('one part that fails leaves the others usable', async () => {
  answers.mockImplementation((path, query) =>
    path === '/api/v1/batches' ? Response.json(problem, { status: 503 }) : fromMock(path, query),
  )
  open()
  const batches = await screen.findByRole('region', { name: 'Recent batches' })
  expect(await within(batches).findByRole('alert')).toBeTruthy()
  expect(await screen.findByRole('list', { name: 'Events' })).toBeTruthy()
})

test('a zoom onto a time without telemetry says so, and gives no verdict', async () => {
  const empty = { t: [], v: [] }
  answers.mockImplementation((path, query) => {
    const whole = answer(path, query) as object
    if (path !== '/api/v1/trends/compare') return Response.json(whole)
    return Response.json({
      ...whole,
      samples: 0,
      raw: empty,
      scores: empty,
      forecasts: {},
      events: [],
      judgements: [],
    })
  })
  open('/?satellite=SAT-001&metric=battery_temp&from=2020-01-01T00:00:00.000Z&to=2020-01-01T01:00:00.000Z')
  const figures = await screen.findByLabelText('Key figures')
  await within(figures).findByText('no telemetry between these times')
  expect(within(figures).queryByText(/Nominal|Anomaly/)).toBeNull()
})

test('a satellite that was last seen long ago is stale, and its age is said', async () => {
  const seen = new Date(Date.now() - 30 * 86_400_000).toISOString()
  answers.mockImplementation((path, query) => {
    const whole = answer(path, query)
    if (path !== '/api/v1/trends/satellites') return Response.json(whole)
    const { items } = whole as { items: object[] }
    return Response.json({
      items: items.map((item, i) => (i === 1 ? { ...item, newest_sample: seen } : item)),
      next: null,
    })
  })
  open()
  expect((await screen.findAllByText(/^stale, 30 d/)).length).toBe(1)
})
