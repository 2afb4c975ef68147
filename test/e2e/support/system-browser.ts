// A default browser as desktops register one, in a private XDG home: xdg-open finds it and it notes the address,
// which the test then opens in a real Chromium that it can drive.
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect } from 'vitest'

export interface SystemBrowser {
  readonly env: Readonly<Record<string, string>>
  /** All addresses the app handed to the system browser so far. */
  opened(): readonly string[]
  /** The next address after the first `known` ones. */
  next(known: number): Promise<string>
}

export function systemBrowser(home: string): SystemBrowser {
  const data = path.join(home, 'data')
  const config = path.join(home, 'config')
  const notes = path.join(home, 'opened')
  const program = path.join(home, 'browser')
  mkdirSync(path.join(data, 'applications'), { recursive: true })
  mkdirSync(config, { recursive: true })
  writeFileSync(program, `#!/bin/sh\nprintf '%s\\n' "$1" >> '${notes}'\n`)
  chmodSync(program, 0o700)
  writeFileSync(
    path.join(data, 'applications', 'noting-browser.desktop'),
    `[Desktop Entry]\nType=Application\nName=Noting browser\nExec=${program} %u\nMimeType=x-scheme-handler/http;x-scheme-handler/https;\n`,
  )
  writeFileSync(
    path.join(config, 'mimeapps.list'),
    '[Default Applications]\nx-scheme-handler/http=noting-browser.desktop\nx-scheme-handler/https=noting-browser.desktop\n',
  )
  const opened = () => (existsSync(notes) ? readFileSync(notes, 'utf8').trim().split('\n') : [])
  return {
    env: { XDG_DATA_HOME: data, XDG_CONFIG_HOME: config },
    opened,
    async next(known) {
      await expect.poll(() => opened().length, { timeout: 20_000 }).toBeGreaterThan(known)
      return opened()[known] ?? ''
    },
  }
}
