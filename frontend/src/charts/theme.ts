/** The canvas cannot read CSS variables by itself: this reads the ones that charts draw with. */

export function cssVariable(name: string): string {
  const value = getComputedStyle(document.documentElement).getPropertyValue(name).trim()
  const reference = /^var\((--[\w-]+)\)$/.exec(value)
  return reference?.[1] ? cssVariable(reference[1]) : value
}

export function chartFont(size: number): string {
  return `${size}px ${cssVariable('--font') || 'sans-serif'}`
}
