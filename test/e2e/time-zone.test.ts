// The time zone of the computer changes while the app runs, as it does for somebody who travels.
import {
  accessSync,
  chmodSync,
  constants,
  cpSync,
  lstatSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchApp, type RunningApp, runtime } from './support/app.ts'
import { ask } from './support/ask.ts'
import { withMounts } from './support/refused-start.ts'
import { addOrders } from './support/setup.ts'

const home = mkdtempSync(path.join(tmpdir(), 'satm-time-zone-'))
const etc = path.join(home, 'etc')
let app: RunningApp

/** As `timedatectl set-timezone` does it. */
function setTimeZone(zone: string): void {
  const link = path.join(etc, 'localtime')
  rmSync(`${link}.new`, { force: true })
  symlinkSync(`/usr/share/zoneinfo/${zone}`, `${link}.new`)
  renameSync(`${link}.new`, link)
  writeFileSync(path.join(etc, 'timezone'), `${zone}\n`)
}

/** An ordinary user may not read all of /etc, and the app none of what is left out. */
function isReadable(place: string): boolean {
  if (lstatSync(place).isSymbolicLink()) return true
  try {
    accessSync(place, constants.R_OK)
    return true
  } catch {
    return false
  }
}

beforeAll(async () => {
  cpSync('/etc', etc, { recursive: true, verbatimSymlinks: true, filter: isReadable })
  setTimeZone('Pacific/Honolulu')
  // With an /etc of its own.
  const startedBy = path.join(home, 'start')
  const words = [...withMounts(etc, 'mount --bind "$0" /etc'), runtime()].map((word) => `'${word}'`)
  writeFileSync(startedBy, `#!/bin/sh\nunset TZ\nexec ${words.join(' ')} "$@"\n`)
  chmodSync(startedBy, 0o755)
  app = await launchApp({
    dataFolder: path.join(home, 'data'),
    startedBy,
    // Nobody listens there.
    env: { SATM_WEBEX_BASE_URL: 'http://127.0.0.1:9/v1' },
  })
  const profileId = await addOrders(app.page)
  await ask(app.page, 'profile.refresh', { profileId })
})
afterAll(async () => {
  await app?.close()
  rmSync(home, { recursive: true, force: true })
})

test('every time and day follows at once', async () => {
  const { page } = app
  await page.getByRole('link', { name: 'History' }).click()
  const time = page.locator('tbody [title]').first()
  await page.getByText('As a table').click()
  const day = page.getByRole('rowheader').or(page.locator('figcaption td')).first()
  const [timeThere = '', dayThere = ''] = [await time.getAttribute('title'), await day.textContent()]
  // 24 hours ahead of Honolulu: the same time of another day.
  setTimeZone('Pacific/Kiritimati')
  await expect.poll(() => time.getAttribute('title'), { timeout: 20_000 }).not.toBe(timeThere)
  await expect.poll(() => day.textContent(), { timeout: 20_000 }).not.toBe(dayThere)
})
