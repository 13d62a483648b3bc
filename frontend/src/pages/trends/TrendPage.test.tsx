import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render, screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { createMemoryRouter, RouterProvider } from 'react-router'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { answer } from '../../../mock/answers.ts'
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
