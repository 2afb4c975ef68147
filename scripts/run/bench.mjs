// Loads one benchmark, which is TypeScript, and prints its figures; inside the desktop that bench.mjs made.
import { runnerImport } from 'vite'

/** @typedef {{ name: string, value: number, unit: string }} Figure */

const [file = '', ...options] = process.argv.slice(2)
/** @type {{ module: { bench: () => Promise<readonly Figure[]> } }} */
const { module } = await runnerImport(file, { configFile: false, logLevel: 'error' })
const figures = await module.bench()
if (options.includes('--json')) console.log(JSON.stringify(figures))
else for (const { name, value, unit } of figures) console.log(`${name}: ${value} ${unit}`)
