// What V8 makes of a source: the data that `src/main/base/node/code-cache.ts` gives to the very same V8.
import { setFlagsFromString } from 'node:v8'
import { Script } from 'node:vm'

/**
 * All functions of it, so that the data depend on the source alone and not on what ran when. The flag is back at its default
 * when the data are made: V8 writes a hash of its flags into them.
 * @param {string} source
 * @param {string} name what a stack of Node 20 calls it; a newer V8 takes the name that it is loaded by
 */
export function compiled(source, name) {
  setFlagsFromString('--no-lazy')
  const script = new Script(`(function (exports, require, module, __filename, __dirname) {${source}\n})`, {
    filename: name,
  })
  setFlagsFromString('--lazy')
  return script.createCachedData()
}
