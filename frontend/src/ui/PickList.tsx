import { type KeyboardEvent, type ReactNode, useId, useRef, useState } from 'react'
import { cx } from './cx'
import styles from './PickList.module.css'
import { filterGroups, type Group, neighbour } from './pick'

type Props<T> = {
  label: string
  groups: readonly Group<T>[]
  selected: string | null
  onSelect: (id: string) => void
  /** The search field is shown from this many items on. */
  searchFrom?: number
  render: (item: T) => ReactNode
}

/** One of many, grouped and searchable: a list box whose options are walked by arrow keys and chosen by Enter or a click. */
export function PickList<T>({ label, groups, selected, onSelect, searchFrom = 9, render }: Props<T>) {
  const [search, setSearch] = useState('')
  const list = useRef<HTMLDivElement>(null)
  const headings = useId()
  const size = groups.reduce((sum, group) => sum + group.items.length, 0)
  const shown = filterGroups(groups, search)
  const ids = shown.flatMap(group => group.items.map(item => item.id))
  const tabStop = selected !== null && ids.includes(selected) ? selected : ids[0]

  const focus = (id: string | undefined) =>
    list.current?.querySelector<HTMLElement>(`[data-id="${CSS.escape(id ?? '')}"]`)?.focus()

  const onOptionKey = (event: KeyboardEvent, id: string) => {
    const next = neighbour(ids, id, event.key)
    if (next !== undefined) focus(next)
    else if (event.key === 'Enter' || event.key === ' ') onSelect(id)
    else return
    event.preventDefault()
  }
  const onSearchKey = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') focus(ids[0])
    else if (event.key === 'Enter' && ids[0] !== undefined) onSelect(ids[0])
    else if (event.key === 'Escape') setSearch('')
    else return
    event.preventDefault()
  }

  return (
    <div className={styles.picker}>
      {size >= searchFrom && (
        <input
          type="search"
          className={styles.search}
          aria-label={`Search ${label.toLowerCase()}`}
          placeholder={`Search ${label.toLowerCase()}`}
          value={search}
          onChange={event => setSearch(event.target.value)}
          onKeyDown={onSearchKey}
        />
      )}
      <div ref={list} role="listbox" aria-label={label} className={styles.list} tabIndex={-1}>
        {shown.map((group, i) => (
          // biome-ignore lint/a11y/useSemanticElements: a list box has no element for its groups
          <div key={group.name} role="group" aria-labelledby={`${headings}${i}`}>
            <div id={`${headings}${i}`} role="presentation" className={styles.heading}>
              <span>{group.name}</span>
              <span>{group.note}</span>
            </div>
            {group.items.map(({ id, item }) => (
              <div
                key={id}
                role="option"
                data-id={id}
                tabIndex={id === tabStop ? 0 : -1}
                aria-selected={id === selected}
                className={cx(styles.option, id === selected && styles.selected)}
                onClick={() => onSelect(id)}
                onKeyDown={event => onOptionKey(event, id)}
              >
                {render(item)}
              </div>
            ))}
          </div>
        ))}
      </div>
      {ids.length === 0 && <p className={styles.none}>Nothing matches “{search}”.</p>}
    </div>
  )
}
