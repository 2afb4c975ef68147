// What a Linux desktop and a terminal find of the app outside its own folder.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { projectRoot } from '../project.mjs'
import { capture } from '../run/child.mjs'
import { appManual, satmManual } from './manual.mjs'

const ICON_SIZES = [16, 24, 32, 48, 64, 128, 256, 512]
const LICENCE = 'LICENSE'
/** AppStream wants the reverse of a domain. The project has none yet, so it is one that nobody can have (RFC 2606). */
const COMPONENT = 'invalid.service_app_token_manager.ServiceAppTokenManager'

/**
 * @param {import('./release.mjs').Release} release
 * @param {string} app the app's folder below the root
 * @returns {Promise<Readonly<Record<string, string | Buffer>>>} by path below the root
 */
export async function desktopFiles(release, app) {
  const { name } = release
  return {
    [`usr/share/applications/${name}.desktop`]: resource(`${name}.desktop`),
    [`usr/share/metainfo/${COMPONENT}.metainfo.xml`]: metainfo(release),
    [`usr/share/icons/hicolor/scalable/apps/${name}.svg`]: resource('icons/app.svg'),
    ...Object.fromEntries(
      ICON_SIZES.map((size) => [
        `usr/share/icons/hicolor/${size}x${size}/apps/${name}.png`,
        resource(`icons/app-${size}.png`),
      ]),
    ),
    [`usr/share/man/man1/${name}.1.gz`]: packed(appManual(release)),
    'usr/share/man/man1/satm.1.gz': packed(await satmManual(release)),
    'usr/share/bash-completion/completions/satm': await completion('bash'),
    'usr/share/zsh/vendor-completions/_satm': await completion('zsh'),
    'usr/share/fish/vendor_completions.d/satm.fish': await completion('fish'),
    [`${app}/apparmor-profile`]: resource('linux/apparmor-profile'),
    [`${app}/${LICENCE}.txt`]: readFileSync(path.join(projectRoot, LICENCE)),
  }
}

/** @param {string} file below resources */
export function resource(file) {
  return readFileSync(path.join(projectRoot, 'resources', file))
}

/**
 * gzip without a name and a time.
 * @param {string | Buffer} content
 */
export function packed(content) {
  return gzipSync(content, { level: 9 })
}

/** @param {import('./release.mjs').Release} release */
function metainfo({ name, title, version, time, isTest }) {
  const values = {
    ID: COMPONENT,
    NAME: name,
    TITLE: title,
    VERSION: version,
    DATE: new Date(time * 1000).toISOString().slice(0, 10),
    TYPE: isTest ? 'development' : 'stable',
  }
  return Object.entries(values).reduce(
    (text, [key, value]) => text.replaceAll(`@${key}@`, value),
    resource('linux/metainfo.xml').toString(),
  )
}

/** @param {'bash' | 'zsh' | 'fish'} shell */
async function completion(shell) {
  const program = path.join(projectRoot, 'out', 'satm', 'index.js')
  const { code, stdout, all } = await capture(process.execPath, [program, 'completion', shell])
  if (code !== 0) throw new Error(`satm completion ${shell}: ${all.trim()}`)
  return stdout
}
