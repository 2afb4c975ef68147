// Debian's own Chromium: the browser a person has, not one that comes with a test tool.
import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright'

const EXECUTABLE = '/usr/bin/chromium'

/** Rejects with the line to run when it is not installed. `hosts` lead to this computer, like a foreign site's. */
export async function launchChromium(hosts: readonly string[] = []): Promise<Browser> {
  if (!existsSync(EXECUTABLE)) {
    throw new Error(`${EXECUTABLE} is missing. Run: sudo apt-get install --no-install-recommends -y chromium`)
  }
  const rules = hosts.map((host) => `MAP ${host} 127.0.0.1`).join(',')
  return chromium.launch({
    executablePath: EXECUTABLE,
    args: ['--no-sandbox', ...(rules === '' ? [] : [`--host-resolver-rules=${rules}`])],
  })
}
