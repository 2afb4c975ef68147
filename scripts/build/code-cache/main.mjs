// Runs in Electron's main process: writes what its V8 makes of each file of SATM_CODE_FOLDER beside that file. It ends before
// Electron is ready, so it needs no display.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { app } from 'electron'
import { compiled } from './compiled.mjs'

/** The entry and the programs of threads. */
const NODE_LOADS = /^index\.cjs$|-thread-\w+\.cjs$/

// It was set for the sake of reproducible data; at its default it leaves no trace in them.
setFlagsFromString('--hash-seed=0')
const folder = process.env.SATM_CODE_FOLDER ?? ''
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
for (const file of files.filter((name) => name.endsWith('.cjs') && !NODE_LOADS.test(name))) {
  const source = path.join(folder, file)
  // A string of its own: V8 writes what a slice is part of, which is the whole path.
  const name = Buffer.from(file).toString()
  writeFileSync(`${source}.cache`, compiled(readFileSync(source, 'utf8'), name))
}
app.exit(0)
