// What electron-builder does not: the fuses of a release, satm, and the papers of what is inside. Not tested, like the
// configuration that calls it.
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { flipReleaseFuses } from '../release/fuses.mjs'
import { billOfMaterials, notices } from './bill-of-materials.mjs'
import { nodeRuntime } from './node-runtime.mjs'
import { officialRelease } from './official-runtime.mjs'
import { makeSatm } from './satm-executable.mjs'

/** @param {{ appOutDir: string, electronPlatformName: string, packager: { appInfo: { productFilename: string } } }} context */
export default async function afterPack({ appOutDir, electronPlatformName, packager }) {
  const { productFilename } = packager.appInfo
  const isMac = electronPlatformName === 'darwin'
  const app = path.join(appOutDir, `${productFilename}.${isMac ? 'app' : 'exe'}`)
  const release = await officialRelease()
  await flipReleaseFuses(app)

  const node = await nodeRuntime(process.env)
  const resources = isMac ? path.join(app, 'Contents', 'Resources') : path.join(appOutDir, 'resources')
  // On Windows beside the app, so that one folder on the PATH is enough.
  const satm = isMac ? path.join(resources, 'satm') : path.join(appOutDir, 'satm.exe')
  const work = await mkdtemp(path.join(tmpdir(), 'satm-'))
  try {
    await makeSatm(satm, { node: node.executable, version: release.version, work })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  await cp(node.licence, path.join(resources, 'LICENSE.node.txt'))
  await writeFile(path.join(resources, 'third-party-notices.txt'), notices())
  const bill = await billOfMaterials(release, { node: node.executable, app: appOutDir })
  await writeFile(path.join(resources, 'sbom.cdx.json'), bill)
}
