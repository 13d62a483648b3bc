import { expect, test } from 'vitest'
import { readView, type View, writeView } from './url-state'

const full: View = {
  satellite: 'SAT-001',
  metric: 'battery_temp',
  range: '6h',
  zoom: { start: Date.parse('2026-01-02T03:00:00Z'), end: Date.parse('2026-01-02T04:00:00.500Z') },
}

test('a view that was written to an address is read back as it was', () => {
  expect(readView(writeView(full))).toEqual(full)
  const open: View = { satellite: null, metric: null, range: '1d', zoom: null }
  expect(readView(writeView(open))).toEqual(open)
})

test('what an address gets wrong is left out, and the rest is kept', () => {
  const view = readView(new URLSearchParams('satellite=SAT-001&range=2y&from=yesterday&to=now'))
  expect(view).toEqual({ satellite: 'SAT-001', metric: null, range: '1d', zoom: null })
})

test('a zoom that ends before it begins is no zoom', () => {
  expect(readView(new URLSearchParams('from=2026-01-02T04:00:00Z&to=2026-01-02T03:00:00Z')).zoom).toBeNull()
})

test('parameters that are not of the view survive it', () => {
  expect(writeView(full, new URLSearchParams('debug=1')).get('debug')).toBe('1')
})
