// What `satm serve` is made of: its program with the native modules beside it, which satm loads from disk, and what systemd
// finds of it.
import { readFileSync } from 'node:fs'
import { cp, mkdir, readdir, rm, symlink } from 'node:fs/promises'
import path from 'node:path'
import { projectRoot } from '../project.mjs'
import { nativePackages } from './app-archive.mjs'

/** @returns {Readonly<Record<string, Buffer>>} by path below the root */
export function unitFiles() {
  /** @param {string} file */
  const deployed = (file) => readFileSync(path.join(projectRoot, 'deploy', file))
  return {
    'usr/lib/systemd/system/satm.service': deployed('satm.service'),
    'usr/lib/sysusers.d/satm.conf': deployed('sysusers.conf'),
  }
}

/**
 * Native code lies unpacked beside the app's archive already: the server's is a link to it.
 * @param {string} resources the app's folder of that name, with its archive in it
 */
export async function makeServer(resources) {
  const folder = path.join(resources, 'server')
  await cp(path.join(projectRoot, 'out', 'server'), folder, { recursive: true })
  for (const name of nativePackages()) {
    const target = path.join(folder, name)
    await mkdir(path.dirname(target), { recursive: true })
    await cp(path.join(projectRoot, name), target, {
      recursive: true,
      // What they are licensed under is in the notices of the package.
      filter: (file) => !/\.(d\.ts|md)$|\/(types|LICENSE)$/.test(file),
    })
    for (const file of (await readdir(target)).filter((each) => each.endsWith('.node'))) {
      const unpacked = path.join(resources, 'app.asar.unpacked', name, file)
      await rm(path.join(target, file))
      await symlink(path.relative(target, unpacked), path.join(target, file))
    }
  }
}
