// npm run docs: writes the documents that are made of the sources.
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { satmReference } from './docs/satm-reference.mjs'
import { ensureNpmPackages } from './prepare/npm-packages.mjs'
import { projectRoot } from './project.mjs'
import { orExplain } from './run/or-explain.mjs'

await orExplain(async () => {
  await ensureNpmPackages()
  const { runnerImport } = await import('vite')
  const client = path.join(projectRoot, 'src', 'main', 'satm', 'client')
  /** @param {string} name */
  const load = async (name) => {
    const { module } = await runnerImport(path.join(client, name), { configFile: false, logLevel: 'error' })
    return module
  }
  const reference = satmReference({ ...(await load('command-table.ts')), ...(await load('help.ts')) })
  await writeFile(path.join(projectRoot, 'docs', 'satm.md'), reference)
})
