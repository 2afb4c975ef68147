// What is inside a package: the bill of materials (CycloneDX 1.6) and the notices. Both come from what the builds took
// (`bundledPackages`), not from what package.json names: most of that is for development.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { manifestOf, packageListOf } from '../build/bundled-packages.mjs'
import { projectRoot } from '../project.mjs'
import { nativePackages } from './app-archive.mjs'
import { versionsIn } from './release.mjs'

const BUILDS = ['main', 'preload', 'renderer', 'satm', 'server']
const LICENCE_FILE = /^(licen[cs]e|copying|notice)/i

/**
 * What a runtime says of itself, and under which name databases of weaknesses know it.
 * @type {Readonly<Record<string, { name: string, cpe?: string, licence: string }>>}
 */
const IN_RUNTIMES = {
  chrome: { name: 'chromium', cpe: 'google:chrome', licence: 'BSD-3-Clause' },
  node: { name: 'node', cpe: 'nodejs:node.js', licence: 'MIT' },
  v8: { name: 'v8', licence: 'BSD-3-Clause' },
  openssl: { name: 'openssl', cpe: 'openssl:openssl', licence: 'Apache-2.0' },
  uv: { name: 'libuv', licence: 'MIT' },
  zlib: { name: 'zlib', cpe: 'zlib:zlib', licence: 'Zlib' },
  brotli: { name: 'brotli', licence: 'MIT' },
  ares: { name: 'c-ares', licence: 'MIT' },
  nghttp2: { name: 'nghttp2', cpe: 'nghttp2:nghttp2', licence: 'MIT' },
  llhttp: { name: 'llhttp', licence: 'MIT' },
  undici: { name: 'undici', licence: 'MIT' },
  icu: { name: 'icu', licence: 'Unicode-3.0' },
  sqlite: { name: 'sqlite', cpe: 'sqlite:sqlite', licence: 'blessing' },
}

/**
 * @returns {readonly string[]} folders of the packages of which something is in the app, in satm or in the server, below the project
 */
export function includedPackages() {
  /** @type {string[]} */
  const bundled = BUILDS.flatMap((build) => JSON.parse(readFileSync(packageListOf(build), 'utf8')))
  return [...new Set([...bundled, ...nativePackages()])].sort()
}

/**
 * @param {import('./release.mjs').Release} release
 * @param {{ node: string, app: string }} parts `node`: what satm is made of; `app`: the folder of the app
 * @returns {Promise<string>} JSON; the same for the same content
 */
export async function billOfMaterials(release, { node, app }) {
  const lock = JSON.parse(readFileSync(path.join(projectRoot, 'package-lock.json'), 'utf8')).packages
  const packages = includedPackages().map((folder) => {
    const { name, version, license } = manifestOf(folder)
    const hash = /^sha512-(.+)$/.exec(lock[folder]?.integrity ?? '')?.[1]
    return {
      type: 'library',
      'bom-ref': `npm:${name}@${version}`,
      name,
      version,
      ...licensed(license ?? ''),
      purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
      ...(hash === undefined
        ? {}
        : { hashes: [{ alg: 'SHA-512', content: Buffer.from(hash, 'base64').toString('hex') }] }),
    }
  })
  const { electron = '', ...inElectron } = release.versions
  const runtimes = [
    {
      type: 'framework',
      'bom-ref': `electron@${electron}`,
      name: 'electron',
      version: electron,
      ...licensed('MIT'),
      purl: `pkg:github/electron/electron@v${electron}`,
      cpe: `cpe:2.3:a:electronjs:electron:${electron}:*:*:*:*:*:*:*`,
      components: withinRuntime('electron', inElectron),
    },
    nodeComponent(await versionsIn(node)),
    sqliteInLibsql(),
  ]
  const self = {
    type: 'application',
    'bom-ref': release.name,
    name: release.name,
    version: release.version,
    description: release.summary,
    ...licensed('MIT'),
  }
  const bill = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      timestamp: new Date(release.time * 1000).toISOString(),
      component: {
        ...self,
        properties: [
          {
            name: 'runtime',
            value: release.isTest ? 'another than the pinned official one' : 'the pinned official one',
          },
        ],
        // The files of the package itself.
        components: fileComponents(app),
      },
    },
    components: [...packages, ...runtimes],
    dependencies: [
      { ref: release.name, dependsOn: [...packages, ...runtimes].map((component) => component['bom-ref']) },
    ],
  }
  return `${JSON.stringify(bill, null, 2)}\n`
}

/** @param {Readonly<Record<string, string>>} versions */
function nodeComponent({ node = '', ...inside }) {
  return {
    type: 'platform',
    'bom-ref': `node@${node}`,
    name: 'node',
    version: node,
    description: 'satm is made of it',
    ...licensed('MIT'),
    purl: `pkg:github/nodejs/node@v${node}`,
    cpe: `cpe:2.3:a:nodejs:node.js:${node}:*:*:*:*:*:*:*`,
    components: withinRuntime('node', inside),
  }
}

/**
 * @param {string} runtime
 * @param {Readonly<Record<string, string>>} versions
 */
function withinRuntime(runtime, versions) {
  return Object.entries(IN_RUNTIMES).flatMap(([key, { name, cpe, licence }]) => {
    const version = versions[key]
    if (version === undefined) return []
    return {
      type: 'library',
      'bom-ref': `${runtime}:${name}@${version}`,
      name,
      version,
      ...licensed(licence),
      ...(cpe === undefined ? {} : { cpe: `cpe:2.3:a:${cpe}:${version}:*:*:*:*:*:*:*` }),
    }
  })
}

/** Its native part contains one, which its package does not name. */
function sqliteInLibsql() {
  const Database = createRequire(path.join(projectRoot, 'package.json'))('libsql')
  const database = new Database(':memory:')
  const { version } = database.prepare('select sqlite_version() as version').get()
  database.close()
  return {
    type: 'library',
    'bom-ref': `libsql:sqlite@${version}`,
    name: 'sqlite',
    version,
    description: 'within libsql',
    ...licensed('blessing'),
    cpe: `cpe:2.3:a:sqlite:sqlite:${version}:*:*:*:*:*:*:*`,
  }
}

/** @param {string} folder */
function fileComponents(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort()
    .map((file) => ({
      type: 'file',
      name: path.relative(folder, file),
      hashes: [{ alg: 'SHA-256', content: createHash('sha256').update(readFileSync(file)).digest('hex') }],
    }))
}

/** @param {string} licence */
function licensed(licence) {
  if (licence === '') return {}
  const isExpression = / (AND|OR|WITH) /.test(licence)
  return { licenses: [isExpression ? { expression: licence } : { license: { id: licence } }] }
}

/** @returns {string} the notices of the included packages; Electron, Chromium and Node have files of their own */
export function notices() {
  const head =
    'This app contains the following packages. The licences of Electron, Chromium and Node are in LICENSE.electron.txt, LICENSES.chromium.html and LICENSE.node.txt.\n'
  return [head, ...includedPackages().map(noticeOf)].join(`\n${'-'.repeat(80)}\n\n`)
}

/** @param {string} folder */
function noticeOf(folder) {
  const { name, version, license = 'see its text' } = manifestOf(folder)
  const files = readdirSync(path.join(projectRoot, folder)).filter((file) => LICENCE_FILE.test(file))
  const texts = files
    .map((file) => path.join(projectRoot, folder, file))
    .filter(existsSync)
    .map((file) => readFileSync(file, 'utf8').trim())
  const text = texts.length > 0 ? texts.join('\n\n') : 'The package contains no text of its licence.'
  return `${name} ${version} (${license})\n\n${text}\n`
}
