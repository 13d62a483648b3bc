import { Link, Outlet, useLocation } from 'react-router'
import { ConnectionBadge } from '../live/ConnectionBadge'
import styles from './AppShell.module.css'
import { Clock } from './Clock'
import { NAVIGATION } from './navigation'

/** The frame of every page: name, navigation, clock, state of the live updates. */
export function AppShell() {
  const { pathname } = useLocation()
  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#main">
        Skip to content
      </a>
      <header className={styles.header}>
        <Link to="/" className={styles.brand} aria-label="Passwatch, start page">
          <img src="/passwatch.svg" alt="" width={24} height={24} />
          Passwatch
        </Link>
        <nav aria-label="Pages" className={styles.nav}>
          {NAVIGATION.map(({ to, label, also }) => (
            <Link key={to} to={to} aria-current={[to, ...also].includes(pathname) ? 'page' : undefined}>
              {label}
            </Link>
          ))}
        </nav>
        <div className={styles.status}>
          <Clock />
          <ConnectionBadge />
        </div>
      </header>
      <main id="main" tabIndex={-1} className={styles.main}>
        <Outlet />
      </main>
    </div>
  )
}
