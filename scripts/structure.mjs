// npm run structure: how large the sources are and how they hang together.
import { projectRoot } from './project.mjs'
import { circles, readSources } from './structure/import-graph.mjs'
import { duplicateNames, upwardImports, violations } from './structure/rules.mjs'

const SHORT = 40
const LONG = 350

const sources = readSources(projectRoot)

/**
 * @param {string} name
 * @param {readonly import('./structure/import-graph.mjs').SourceFile[]} files
 */
function sizeRow(name, files) {
  const lengths = files.map(({ lines }) => lines).sort((one, other) => one - other)
  const total = lengths.reduce((sum, lines) => sum + lines, 0)
  const short = lengths.filter((lines) => lines < SHORT).length
  const long = lengths.filter((lines) => lines > LONG).length
  const median = lengths[lengths.length >> 1] ?? 0
  const share = ((100 * short) / Math.max(1, lengths.length)).toFixed(0)
  const cells = [lengths.length, total, median, `${short} (${share} %)`, long]
  return [name.padEnd(28), ...cells.map((cell) => String(cell).padStart(10))].join(' ')
}

/** The folder that names a part: `src/main/engine`, `src/renderer`. @param {string} file */
function partOf(file) {
  const [, side, folder, ...rest] = file.split('/')
  return side === 'main' && rest.length > 0 ? `src/main/${folder}` : `src/${side}`
}

/**
 * @param {string} title
 * @param {readonly string[]} lines
 */
function section(title, lines) {
  console.log(`\n${title}: ${lines.length === 0 ? 'none' : lines.length}`)
  for (const line of lines) console.log(`  ${line}`)
}

const heads = ['files', 'lines', 'median', `under ${SHORT}`, `over ${LONG}`]
console.log(['part'.padEnd(28), ...heads.map((head) => head.padStart(10))].join(' '))
for (const part of [...new Set(sources.map(({ file }) => partOf(file)))].sort()) {
  console.log(
    sizeRow(
      part,
      sources.filter(({ file }) => partOf(file) === part),
    ),
  )
}
console.log(sizeRow('all', sources))
section(
  'Import circles',
  circles(sources).map((files) => `${files.length} files: ${files.join(', ')}`),
)
section('Imports against the floors of the engine', sources.flatMap(upwardImports))
section('Other imports against the rules', sources.flatMap(violations))
section('File names that occur twice in a top-level folder', duplicateNames(sources))
