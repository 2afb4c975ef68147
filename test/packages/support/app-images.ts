// Versions of the packaged app, made from one AppImage: another version number, the update server of a test, and the one
// fuse of a release open that Playwright drives it by.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { createPackageWithOptions, extractAll } from '@electron/asar'
import { openToTests } from './installed-app.ts'
import { APP, NAME, run } from './packages.ts'

export interface AppImages {
  /** `AppRun`: a script in place of the app's own. */
  make(file: string, version: string, change?: { readonly AppRun: string }): Promise<void>
}

/** `image`: of a test package, whose runtime is a script that says where the file system begins. */
export async function appImagesFrom(image: string, work: string, updateFeed: string): Promise<AppImages> {
  const bytes = readFileSync(image)
  const offset = Number(/-offset\s+(\d+)/.exec(bytes.subarray(0, 4096).toString('latin1'))?.[1])
  const runtime = bytes.subarray(0, offset)
  const tree = path.join(work, 'tree')
  run('unsquashfs', ['-quiet', '-no-progress', '-dest', tree, '-offset', String(offset), image])
  await openToTests(path.join(tree, APP, NAME))
  const archive = path.join(tree, APP, 'resources', 'app.asar')
  const content = path.join(work, 'content')
  extractAll(archive, content)
  writeFileSync(path.join(content, 'resources', 'update-feed.json'), updateFeed)
  return {
    async make(file, version, change) {
      const manifest = path.join(content, 'package.json')
      writeFileSync(manifest, JSON.stringify({ ...JSON.parse(readFileSync(manifest, 'utf8')), version }))
      rmSync(`${archive}.unpacked`, { recursive: true, force: true })
      await createPackageWithOptions(content, archive, { unpack: '*.node' })
      const root = change === undefined ? tree : path.join(work, 'changed')
      if (change !== undefined) {
        mkdirSync(root)
        cpSync(path.join(tree, `${NAME}.desktop`), path.join(root, `${NAME}.desktop`))
        writeFileSync(path.join(root, 'AppRun'), change.AppRun, { mode: 0o755 })
      }
      const squashed = path.join(work, 'squashed')
      rmSync(squashed, { force: true })
      run('mksquashfs', [
        root,
        squashed,
        '-noappend',
        '-no-progress',
        '-quiet',
        '-comp',
        'zstd',
        '-Xcompression-level',
        '1',
      ])
      if (change !== undefined) rmSync(root, { recursive: true })
      writeFileSync(file, Buffer.concat([runtime, readFileSync(squashed)]), { mode: 0o755 })
    },
  }
}
