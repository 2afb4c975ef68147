// npm run package -- deb|rpm|tar|appimage|all [--out DIR] [--quick] [--fresh] [--release] [--key FILE]: makes
// packages for Linux, their checksums and the bill of materials. --quick hardly compresses them, for tests; --fresh builds the
// app anew, whatever is built already; --release does that too, and refuses every Electron but the pinned official one; --key
// signs the checksums.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { buildIfStale, rebuild } from './build/build.mjs'
import { makeAppImage } from './package/appimage.mjs'
import { writeChecksums } from './package/checksums.mjs'
import { makeDeb } from './package/deb.mjs'
import { describeRelease, testNotice } from './package/release.mjs'
import { makeRpm } from './package/rpm.mjs'
import { makeTarball } from './package/tarball.mjs'
import { makeTree } from './package/tree.mjs'
import { debNeeds, imageNeeds, rpmNeeds, windowNeeds } from './prepare/needs.mjs'
import { prepare } from './prepare/prepare.mjs'
import { projectRoot } from './project.mjs'
import { privateKey } from './release/feed.mjs'
import { orExplain } from './run/or-explain.mjs'

const KINDS = {
  deb: { make: makeDeb, needs: debNeeds },
  rpm: { make: makeRpm, needs: rpmNeeds },
  tar: { make: makeTarball, needs: [] },
  appimage: { make: makeAppImage, needs: imageNeeds },
}

await orExplain(async () => {
  const { kinds, out, isRelease, isFresh, isQuick, keyFile } = readArguments()
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(
      'Packages for Linux are made on Linux x64. For macOS and Windows see packaging/README.md.',
    )
  const key = keyFile === null ? null : await privateKey(keyFile)
  const electron = await prepare([...windowNeeds, ...kinds.flatMap(({ needs }) => needs)])
  const release = await describeRelease(electron)
  const notice = testNotice(release)
  if (isRelease && notice !== null) throw new Error(`This would be no release. ${notice}`)
  await (isFresh ? rebuild : buildIfStale)(['app', 'programs'])
  await mkdir(out, { recursive: true })
  const work = await mkdtemp(path.join(out, '.making-'))
  try {
    const tree = await makeTree(release, work)
    const bill = path.join(out, `${release.name}-${release.packageVersion}.cdx.json`)
    await writeFile(bill, tree.bill)
    const files = [bill]
    for (const { make } of kinds) {
      const file = await make(tree, { work, out, isQuick })
      console.log(path.relative(process.cwd(), file))
      files.push(file)
    }
    await writeChecksums(files, out, key)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  if (notice !== null) process.stderr.write(`${notice}\n`)
})

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      out: { type: 'string', default: path.join(projectRoot, 'dist') },
      release: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      fresh: { type: 'boolean', default: false },
      key: { type: 'string' },
    },
  })
  const names = positionals.includes('all') ? Object.keys(KINDS) : positionals
  const kinds = Object.entries(KINDS).flatMap(([name, kind]) => (names.includes(name) ? [kind] : []))
  if (kinds.length === 0 || kinds.length < new Set(names).size)
    throw new Error(
      `Usage: npm run package -- ${Object.keys(KINDS).join('|')}|all [--out DIR] [--quick] [--fresh] [--release] [--key FILE]`,
    )
  return {
    kinds,
    out: path.resolve(values.out),
    isRelease: values.release,
    isFresh: values.fresh || values.release,
    isQuick: values.quick && !values.release,
    keyFile: values.key === undefined ? null : path.resolve(values.key),
  }
}
