/** The logic of a {@link PickList}: which items a search leaves, and where an arrow key leads. */

export type Group<T> = { name: string; note?: string; items: { id: string; text: string; item: T }[] }

/** The groups with only the items whose text or group has every word of the search; groups left empty are gone. */
export function filterGroups<T>(groups: readonly Group<T>[], search: string): Group<T>[] {
  const words = search
    .toLowerCase()
    .split(/[\s_]+/)
    .filter(Boolean)
  const fits = (text: string) => words.every(word => text.toLowerCase().includes(word))
  return groups
    .map(group => ({ ...group, items: group.items.filter(({ text }) => fits(`${group.name} ${text}`)) }))
    .filter(group => group.items.length > 0)
}

/** The item that a key leads to from `id`; undefined when the key is not one that moves. */
export function neighbour(ids: readonly string[], id: string, key: string): string | undefined {
  const at = ids.indexOf(id)
  switch (key) {
    case 'ArrowDown':
      return ids[Math.min(at + 1, ids.length - 1)]
    case 'ArrowUp':
      return ids[Math.max(at - 1, 0)]
    case 'Home':
      return ids[0]
    case 'End':
      return ids.at(-1)
    default:
      return undefined
  }
}
