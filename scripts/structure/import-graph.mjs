// The import graph of the sources: every file below `src` with its length and the files and packages it imports.
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { sourceFacts } from './source-facts.mjs'

/**
 * @typedef {object} Edge
 * @property {string} specifier as written
 * @property {string | undefined} target the imported file, relative to the project with forward slashes; undefined: a package
 * @property {boolean} typeOnly
 * @property {boolean} deferred
 *
 * @typedef {object} SourceFile
 * @property {string} file relative to the project, with forward slashes
 * @property {number} lines
 * @property {readonly Edge[]} imports
 * @property {readonly string[]} clockUses
 *
 * @typedef {Readonly<Record<string, string>>} Aliases package.json's `imports`: `#name/*` to `./folder/*`
 */

/**
 * @param {string} root the project's folder
 * @returns {readonly SourceFile[]}
 */
export function readSources(root) {
  const aliases = readAliases(root)
  return filesBelow(root, 'src')
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => readSource(file, readFileSync(path.join(root, file), 'utf8'), aliases))
}

/**
 * @param {string} file
 * @param {string} text
 * @param {Aliases} aliases
 * @returns {SourceFile}
 */
export function readSource(file, text, aliases) {
  const { imports, clockUses } = sourceFacts(file, text)
  return {
    file,
    lines: text.split('\n').length - 1,
    imports: imports.map(({ specifier, typeOnly, deferred }) => ({
      specifier,
      typeOnly,
      deferred,
      target: resolveSpecifier(file, specifier, aliases),
    })),
    clockUses,
  }
}

/**
 * @param {string} root
 * @returns {Aliases}
 */
export function readAliases(root) {
  return JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).imports ?? {}
}

/**
 * The imported file, or undefined for a package. An alias that package.json does not have is a file outside the
 * sources, never a package. Vite's `?raw` and the like do not change which file it is.
 * @param {string} file the importing one
 * @param {string} specifier
 * @param {Aliases} aliases
 */
export function resolveSpecifier(file, specifier, aliases) {
  const bare = specifier.replace(/\?.*$/, '')
  if (bare.startsWith('.')) return path.posix.join(path.posix.dirname(file), bare)
  if (!bare.startsWith('#')) return undefined
  for (const [alias, target] of Object.entries(aliases)) {
    const prefix = alias.replace(/\*$/, '')
    if (alias.endsWith('*') && bare.startsWith(prefix))
      return path.posix.normalize(target.replace('*', bare.slice(prefix.length)))
    if (bare === alias) return path.posix.normalize(target)
  }
  return bare
}

/**
 * @param {string} root
 * @param {string} folder relative to the root
 * @returns {readonly string[]} relative to the root, with forward slashes
 */
export function filesBelow(root, folder) {
  return readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.split(path.sep).includes('node_modules'))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
}

/**
 * The files that are loaded with `entry`: everything its imports reach, without types and without what is loaded later.
 * @param {readonly SourceFile[]} sources
 * @param {string} entry
 * @returns {readonly string[]} sorted
 */
export function loadedWith(sources, entry) {
  const byFile = new Map(sources.map((source) => [source.file, source]))
  const reached = new Set([entry])
  for (const file of reached) {
    for (const { target, typeOnly, deferred } of byFile.get(file)?.imports ?? []) {
      if (target !== undefined && byFile.has(target) && !typeOnly && !deferred) reached.add(target)
    }
  }
  return [...reached].sort()
}

/**
 * Files that import each other in a circle, the largest first: Tarjan's strongly connected components of more than
 * one file. Type imports count, and so does `import()`: either ties the files together for who reads them.
 * @param {readonly SourceFile[]} sources
 * @returns {readonly (readonly string[])[]}
 */
export function circles(sources) {
  const byFile = new Map(sources.map((source) => [source.file, source]))
  /** @type {Map<string, { index: number, low: number, onStack: boolean }>} */
  const seen = new Map()
  /** @type {string[]} */
  const stack = []
  /** @type {string[][]} */
  const found = []
  /** @param {string} file */
  const visit = (file) => {
    const node = { index: seen.size, low: seen.size, onStack: true }
    seen.set(file, node)
    stack.push(file)
    for (const { target } of byFile.get(file)?.imports ?? []) {
      if (target === undefined || !byFile.has(target)) continue
      const other = seen.get(target)
      if (other === undefined) node.low = Math.min(node.low, visit(target).low)
      else if (other.onStack) node.low = Math.min(node.low, other.index)
    }
    if (node.low === node.index) {
      const members = stack.splice(stack.indexOf(file))
      for (const member of members) Object.assign(seen.get(member) ?? {}, { onStack: false })
      if (members.length > 1) found.push(members.sort())
    }
    return node
  }
  for (const { file } of sources) if (!seen.has(file)) visit(file)
  return found.sort((one, other) => other.length - one.length)
}
