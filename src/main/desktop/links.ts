// The only way out to the system browser and the file browser.
import { spawn } from 'node:child_process'
import { shell } from 'electron'
import { assertNever } from '../engine/assert-never.ts'
import { wayToOpen } from './web-address.ts'

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
  const way = wayToOpen(url, allowedOrigin, process.env)
  switch (way.kind) {
    case 'refused':
      throw new LinkRefused('The authorization page has an address that is not opened.')
    case 'system-browser':
      return shell.openExternal(way.url)
    case 'stand-in':
      return run(way.executable, way.url)
    default:
      return assertNever(way)
  }
}

export function openLink(link: Link): Promise<void> {
  return shell.openExternal(LINKS[link])
}

/** Rejects with the system's own words when there is no program for folders. */
export async function openFolder(folder: string): Promise<void> {
  const trouble = await shell.openPath(folder)
  if (trouble !== '') throw new Error(trouble)
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
