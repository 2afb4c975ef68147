// The only way out to the system browser and the file browser.
import { spawn } from 'node:child_process'
import { shell } from 'electron'
import { isOpenable, isWebexHost } from './web-address.ts'

const LINKS = {
  'developer-portal': 'https://developer.webex.com/my-apps',
  'control-hub': 'https://admin.webex.com/apps/serviceapps',
} as const

export type Link = keyof typeof LINKS

export class LinkRefused extends Error {
  override readonly name = 'LinkRefused'
}

/**
 * Opens the authorization page in the person's own browser (RFC 8252 section 8.12: never inside the app).
 * Rejects with `LinkRefused` unless `url` is of `allowedOrigin` and https, or http on this machine.
 */
export async function openAuthorizationUrl(url: string, allowedOrigin: string): Promise<void> {
  const target = URL.canParse(url) ? new URL(url) : null
  if (target === null || target.origin !== allowedOrigin || !isOpenable(target)) {
    throw new LinkRefused('The authorization page has an address that is not opened.')
  }
  const standIn = browserStandIn(target)
  if (standIn === null) return shell.openExternal(target.href)
  return run(standIn, target.href)
}

export function openLink(link: Link): Promise<void> {
  return shell.openExternal(LINKS[link])
}

/** Rejects with the system's own words when there is no program for folders. */
export async function openFolder(folder: string): Promise<void> {
  const trouble = await shell.openPath(folder)
  if (trouble !== '') throw new Error(trouble)
}

/**
 * Tests and machines without a desktop have no browser `openExternal` could find, so SATM_BROWSER may name an
 * executable. It is never honoured for Webex's own hosts: whoever can set a variable must not be handed the address
 * (and with it the chance of a look-alike page) of a real sign-in.
 */
function browserStandIn(target: URL): string | null {
  const executable = process.env.SATM_BROWSER ?? ''
  return executable === '' || isWebexHost(target.hostname) ? null : executable
}

/** No shell: the address is one argument, whatever is in it. */
function run(executable: string, argument: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(executable, [argument], { detached: true, stdio: 'ignore', shell: false })
    child.once('error', (cause) => reject(new Error('The browser could not be started.', { cause })))
    child.once('spawn', () => {
      child.unref()
      resolve()
    })
  })
}
