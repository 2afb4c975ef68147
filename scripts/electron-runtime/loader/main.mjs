// Runs the app folder given as an argument, as the stock runtime's default app does.
// The top-level await matters: `ready` waits for it, so the app may still register its schemes.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { app } from 'electron'

const argument = process.argv.slice(1).find((text) => !text.startsWith('-'))
if (argument === undefined) {
  process.stderr.write('Usage: electron [options] <app folder>\n')
  app.exit(2)
} else {
  const folder = path.resolve(argument)
  introduce(folder)
  await import(pathToFileURL(path.join(folder, manifest(folder).main ?? 'index.js')).href)
}

/**
 * Tells Electron whose app it is, by two methods that only default apps use and its types leave out.
 * @param {string} folder
 */
function introduce(folder) {
  const { name, productName, version, desktopName } = manifest(folder)
  const host = /** @type {typeof app & Record<'setVersion' | 'setAppPath', (value: string) => void>} */ (app)
  host.setName(productName ?? name)
  host.setVersion(version)
  host.setAppPath(folder)
  if (process.platform === 'linux') host.setDesktopName(desktopName ?? `${host.getName()}.desktop`)
  Object.assign(process, { defaultApp: true })
}

/**
 * @param {string} folder
 * @returns {{ name: string, productName?: string, version: string, desktopName?: string, main?: string }}
 */
function manifest(folder) {
  return JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'))
}
