// Code cache: loads CommonJS files that were built together, with what V8 made of them beforehand. Such data is code, and V8
// only compares version, flags and the length of the source. So it lies beside the program, where nobody but who may change
// the program can write, and never in a data folder. `scripts/build/code-cache` makes it.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { Script } from 'node:vm'

/** `used`: V8 took the cache; `refused`: it is of another runtime or another text; `absent`: there is none. */
export type CacheUse = 'used' | 'refused' | 'absent'

/** Beside each file. */
export const CACHE_SUFFIX = '.cache'

/** What is compiled, as Node wraps a CommonJS file. */
export const wrapped = (source: string) =>
  `(function (exports, require, module, __filename, __dirname) {${source}\n})`

/**
 * What the file exports; it and what it requires by a relative path run once. `noted` hears of each file. Without a cache, or
 * with one that does not fit, V8 compiles the source as usual.
 */
export function loadCode(
  entry: string,
  noted: (file: string, use: CacheUse) => void = () => undefined,
): unknown {
  const loaded = new Map<string, { exports: unknown }>()
  const requirePackage = createRequire(entry)
  const load = (file: string): unknown => {
    const known = loaded.get(file)
    if (known !== undefined) return known.exports
    const cachedData = cacheOf(file)
    const script = new Script(wrapped(readFileSync(file, 'utf8')), { filename: file, cachedData })
    noted(file, cachedData === undefined ? 'absent' : script.cachedDataRejected ? 'refused' : 'used')
    const module = { exports: {} }
    loaded.set(file, module)
    const folder = path.dirname(file)
    const require = (name: string) =>
      name.startsWith('.') ? load(path.join(folder, name)) : requirePackage(name)
    script.runInThisContext()(module.exports, require, module, file, folder)
    return module.exports
  }
  return load(entry)
}

function cacheOf(file: string): Buffer | undefined {
  try {
    return readFileSync(`${file}${CACHE_SUFFIX}`)
  } catch {
    return undefined
  }
}
