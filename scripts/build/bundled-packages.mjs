// Which npm packages a build took code, styles or files from: the base of the bill of materials and the notices.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { projectRoot } from '../project.mjs'

/** By part. A build may contain another one, such as that of a thread's program. */
const found = /** @type {Map<string, Set<string>>} */ (new Map())
/** In a style sheet, of a package. */
const IMPORT = /@import\s+(?:url\()?['"]((?:@[^/'"]+\/)?[^./'"][^/'"]*)/g

/** @param {string} part */
export function packageListOf(part) {
  return path.join(projectRoot, 'out', 'bundled', `${part}.json`)
}

/**
 * Writes the folders of the packages (below the project) that something of is in the output.
 * @param {string} part names the list
 * @returns {import('vite').Plugin}
 */
export function bundledPackages(part) {
  const folders = found.get(part) ?? new Set()
  found.set(part, folders)
  return {
    name: 'bundled-packages',
    apply: 'build',
    transform: {
      order: 'pre',
      handler(code, id) {
        // A style sheet that another one imports is no module.
        if (!/\.css($|\?)/.test(id)) return
        for (const [, name] of code.matchAll(IMPORT)) folders.add(`node_modules/${name}`)
      },
    },
    generateBundle(_, bundle) {
      for (const output of Object.values(bundle)) {
        if (output.type === 'asset') continue
        for (const [id, { renderedLength }] of Object.entries(output.modules)) {
          const folder = packageFolder(id)
          if (renderedLength > 0 && folder !== undefined) folders.add(folder)
        }
      }
      const list = packageListOf(part)
      mkdirSync(path.dirname(list), { recursive: true })
      writeFileSync(list, `${JSON.stringify([...folders].sort(), null, 2)}\n`)
    },
  }
}

/**
 * @param {string} id a module's
 * @returns {string | undefined} the innermost package that it is in; undefined: it is ours
 */
function packageFolder(id) {
  const [file = ''] = id.replace(/^\0/, '').split('?', 1)
  const folder = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]
  return folder === undefined ? undefined : path.relative(projectRoot, folder)
}

/**
 * @param {string} folder below the project
 * @returns {{ name: string, version: string, license?: string, dependencies?: object, optionalDependencies?: object, neon?: { abi?: string } }}
 */
export function manifestOf(folder) {
  return JSON.parse(readFileSync(path.join(projectRoot, folder, 'package.json'), 'utf8'))
}
