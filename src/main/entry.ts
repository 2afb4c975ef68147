// Entry of the built app: runs it from the code that V8 compiled when it was built or packaged, where that fits.
import path from 'node:path'
import { loadCode } from '#base/node/code-cache.ts'

loadCode(path.join(import.meta.dirname, 'start.cjs'))
