// node scripts/package/official-runtime.mjs: ends with an error where the Electron here is not the pinned official one.
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { installedOfficial } from '../electron-runtime/official.mjs'
import { projectRoot } from '../project.mjs'
import { orExplain } from '../run/or-explain.mjs'
import { describeRelease, testNotice } from './release.mjs'

export async function officialRelease() {
  const found = await installedOfficial(path.join(projectRoot, 'node_modules', 'electron'))
  if (found.kind === 'absent') throw new Error(`${found.why}: run "npx install-electron".`)
  const release = await describeRelease(found.executable)
  const notice = testNotice(release)
  if (notice !== null) throw new Error(`This would be no release. ${notice}`)
  return release
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await orExplain(async () => {
    const { versions } = await officialRelease()
    console.log(`Electron ${versions.electron}, the pinned official one.`)
  })
