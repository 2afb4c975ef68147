// Takes the pictures that a person looks at; inside the desktop that screenshots.mjs made.
import path from 'node:path'
import { runnerImport } from 'vite'
import { projectRoot } from '../project.mjs'

const [out = '', only = ''] = process.argv.slice(2)
const file = path.join(projectRoot, 'test', 'gallery', 'gallery.ts')
/** @type {{ module: { gallery: (out: string, only: string) => Promise<void> } }} */
const { module } = await runnerImport(file, { configFile: false, logLevel: 'error' })
await module.gallery(out, only)
