type Page<T> = { items: T[]; next: string | null }

/** The items of one page after the other, until the last one or `most` pages. */
export async function allPages<T>(
  page: (cursor: string | null) => Promise<Page<T>>,
  most: number,
): Promise<{ items: T[] }> {
  const items: T[] = []
  let cursor: string | null = null
  for (let asked = 0; asked < most; asked++) {
    const answer: Page<T> = await page(cursor)
    items.push(...answer.items)
    cursor = answer.next
    if (cursor === null) break
  }
  return { items }
}
