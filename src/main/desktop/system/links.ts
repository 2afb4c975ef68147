// Links: the only way to the system browser and the file browser, and which addresses may be opened.
import { shell } from 'electron'
import { isLoopback } from '#base/node/loopback.ts'

const LINKS = {
  'developer-portal': 'https://developer.webex.com/my-apps',
  'control-hub': 'https://admin.webex.com/apps/serviceapps',
} as const

type Link = keyof typeof LINKS

export class LinkRefused extends Error {
  override readonly name = 'LinkRefused'
}

/**
 * Opens the authorization page in the person's own browser (RFC 8252 section 8.12: never inside the app).
 * Rejects with `LinkRefused` unless `url` is of `allowedOrigin` and https, or http on this machine.
 */
export async function openAuthorizationUrl(url: string, allowedOrigin: string): Promise<void> {
  const openable = openableAddress(url, allowedOrigin)
  if (openable === null) {
    throw new LinkRefused('The authorization page has an address that is not opened.')
  }
  return shell.openExternal(openable)
}

/** `simulatedBaseUrl`: whose page with all credentials takes the place of the developer portal; null: Webex is asked. */
export function openLinkOf(
  dataFolder: string,
  simulatedBaseUrl: string | null,
): (link: Link | 'data-folder') => Promise<void> {
  return (link) => {
    if (link === 'data-folder') return openFolder(dataFolder)
    if (link !== 'developer-portal' || simulatedBaseUrl === null) return shell.openExternal(LINKS[link])
    const { origin } = new URL(simulatedBaseUrl)
    return openAuthorizationUrl(`${origin}/`, origin)
  }
}

/** Rejects with the system's own words when there is no program for folders. */
async function openFolder(folder: string): Promise<void> {
  const trouble = await shell.openPath(folder)
  if (trouble !== '') throw new Error(trouble)
}

/**
 * The address in its own spelling if it may be opened: of `allowedOrigin`, without credentials, and https or plain http
 * that stays on this machine; else null.
 */
export function openableAddress(address: string, allowedOrigin: string): string | null {
  if (!URL.canParse(address)) return null
  const url = new URL(address)
  if (url.origin !== allowedOrigin || url.username !== '' || url.password !== '') return null
  const staysPrivate = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))
  return staysPrivate ? url.href : null
}
