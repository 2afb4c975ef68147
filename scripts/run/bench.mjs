// Loads one benchmark, which is TypeScript, and prints its figures; inside the desktop that bench.mjs made.
import path from 'node:path'
import { runnerImport } from 'vite'
import { projectRoot } from '../project.mjs'

/**
 * @typedef {object} Figure
 * @property {string} name
 * @property {number} value  of several runs, their median
 * @property {string} unit
 * @property {number} goal
 * @property {boolean} ok  the goal is met
 * @property {readonly [number, number]} [spread]  lowest and highest of the runs; of a slope, its 95 % confidence interval
 * @property {number} [baseline]  what it is compared with, measured in the same run
 */

const [file = '', ...options] = process.argv.slice(2)
/** @type {import('vite').InlineConfig} */
const config = { configFile: false, logLevel: 'error' }
await runnerImport(path.join(projectRoot, 'test', 'outside-electron.ts'), config)
/** @type {{ module: { bench: (parts: readonly string[]) => Promise<readonly Figure[]> } }} */
const { module } = await runnerImport(file, config)
const figures = await module.bench(options.filter((option) => !option.startsWith('--')))
if (options.includes('--json')) console.log(JSON.stringify(asObject(figures)))
else console.log(asTable(figures))

/** @param {readonly Figure[]} figures */
function asObject(figures) {
  return Object.fromEntries(figures.map(({ name, spread: _, ...figure }) => [name, figure]))
}

/** @param {readonly Figure[]} figures */
function asTable(figures) {
  const rows = figures.map(({ name, value, unit, goal, ok, spread, baseline }) => [
    name,
    `${value} ${unit}`,
    spread === undefined ? '' : `${spread[0]}–${spread[1]}`,
    baseline === undefined ? '' : `${baseline}`,
    `${goal}`,
    ok ? 'met' : 'missed',
  ])
  const all = [['figure', 'median', 'spread', 'baseline', 'goal', ''], ...rows]
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? []
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
