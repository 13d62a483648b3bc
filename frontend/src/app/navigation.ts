/** What the header links to. `also`: other addresses of the same page. */
export const NAVIGATION: { to: string; label: string; also: string[] }[] = [
  { to: '/', label: 'Trends', also: ['/dashboard.html'] },
]
