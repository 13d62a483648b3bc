import { useCallback, useMemo } from 'react'
import { useSearchParams } from 'react-router'
import { readView, type View, writeView } from './url-state'

export type SetView = (change: Partial<View>, options?: { replace?: boolean }) => void

/** The view that the address holds, and a function that changes part of it. */
export function useView(): [View, SetView] {
  const [params, setParams] = useSearchParams()
  const view = useMemo(() => readView(params), [params])
  const setView = useCallback<SetView>(
    (change, options) => setParams(before => writeView({ ...readView(before), ...change }, before), options),
    [setParams],
  )
  return [view, setView]
}
