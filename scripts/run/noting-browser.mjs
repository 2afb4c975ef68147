// A default browser as desktops register one, in private XDG folders: xdg-open finds it, and it notes the address it
// was given, which whoever drives a real browser opens there.
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'

/** ms */
const PATIENCE = 60_000

/** @param {string} home an empty folder that the caller removes */
export function notingBrowser(home) {
  const data = path.join(home, 'data')
  const config = path.join(home, 'config')
  const notes = path.join(home, 'opened')
  const program = path.join(home, 'browser')
  mkdirSync(path.join(data, 'applications'), { recursive: true })
  mkdirSync(config, { recursive: true })
  writeFileSync(program, `#!/bin/sh\nprintf '%s\\n' "$1" >> '${notes}'\n`)
  chmodSync(program, 0o700)
  const schemes = ['http', 'https'].map((scheme) => `x-scheme-handler/${scheme}`)
  writeFileSync(
    path.join(data, 'applications', 'noting-browser.desktop'),
    `[Desktop Entry]\nType=Application\nName=Noting browser\nExec=${program} %u\nMimeType=${schemes.join(';')};\n`,
  )
  writeFileSync(
    path.join(config, 'mimeapps.list'),
    `[Default Applications]\n${schemes.map((scheme) => `${scheme}=noting-browser.desktop\n`).join('')}`,
  )
  /** @returns {readonly string[]} all addresses so far */
  const opened = () => (existsSync(notes) ? readFileSync(notes, 'utf8').trimEnd().split('\n') : [])
  return {
    env: { XDG_DATA_HOME: data, XDG_CONFIG_HOME: config },
    opened,
    /**
     * The address after the first `known` ones.
     * @param {number} known
     */
    async next(known) {
      const deadline = Date.now() + PATIENCE
      for (;;) {
        const address = opened()[known]
        if (address !== undefined) return address
        if (Date.now() > deadline) throw new Error('The app opened no browser.')
        await setTimeout(50)
      }
    },
  }
}
