// Doyensec's static checks of Electron apps, as plain findings.
import { createRequire } from 'node:module'
import path from 'node:path'
import { z } from 'zod'

/** Its packages lie beside this file, apart from the project's. */
const require = createRequire(path.join(import.meta.dirname, 'package.json'))
const TOOL = '@doyensec/electronegativity'
const HTTP_CLIENT = 'got'

const scanned = z.object({
  globalChecks: z.number(),
  atomicChecks: z.number(),
  errors: z.array(z.object({ file: z.string(), message: z.string() })),
  issues: z.array(z.object({ id: z.string(), file: z.string(), sample: z.string().optional() })),
})

export interface Finding {
  /** The check, as the tool's own documentation calls it. */
  readonly check: string
  /** Relative to the project; `N/A` for a finding about the whole. */
  readonly file: string
  /** The line it found. */
  readonly sample: string
}

export interface Scan {
  readonly checks: number
  readonly findings: readonly Finding[]
  /** What could not be read, and so was not looked at. */
  readonly unread: readonly string[]
}

/**
 * `place`: a folder, relative to `root`. `electron`: the version whose defaults count.
 * Throws when the tool is not installed.
 */
export async function scan(root: string, place: string, electron: string): Promise<Scan> {
  const run = tool()
  const { globalChecks, atomicChecks, errors, issues } = scanned.parse(
    await run({
      input: path.join(root, place),
      electronVersionOverride: electron,
      // It compares with a list on GitHub; which Electron is current is point 16 of the checklist.
      excludeFromScan: ['availablesecurityfixesglobalcheck'],
    }),
  )
  return {
    checks: globalChecks + atomicChecks,
    findings: issues.map(({ id, file, sample }) => ({
      check: id,
      file: path.isAbsolute(file) ? path.relative(root, file) : file,
      sample: sample?.trim() ?? '',
    })),
    unread: errors.map(({ file, message }) => `${path.relative(root, file)}: ${message}`),
  }
}

function tool(): (options: object) => Promise<unknown> {
  try {
    stayOffline()
    return require(TOOL)
  } catch (cause) {
    const install = `npm ci --ignore-scripts --prefix ${path.relative(process.cwd(), import.meta.dirname)}`
    throw new Error(`electronegativity is missing: run "npm test", or ${install}`, { cause })
  }
}

/** It would ask GitHub for newer translations of its sentences; the ones it came with do. */
function stayOffline(): void {
  const id = require.resolve(HTTP_CLIENT, { paths: [path.dirname(require.resolve(TOOL))] })
  const offline = () => Promise.reject(new Error('No network in tests.'))
  const stub: Partial<NodeJS.Module> = {
    id,
    filename: id,
    loaded: true,
    exports: offline,
    children: [],
    paths: [],
  }
  require.cache[id] = Object.assign(Object.create(null), stub)
}
