// The AppImage (AppImage specification, type 2): a runtime that mounts the file system which follows it in the same file.
import { createHash } from 'node:crypto'
import { chmod, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { must } from '../run/child.mjs'
import { resource } from './desktop-files.mjs'
import { treeWith } from './tree.mjs'

/**
 * `X.AppImage satm …` is the command line; it starts the app by the file, since the mounted folder goes with satm.
 * @param {string} name
 */
const appRun = (name) => `#!/bin/sh
here=\${APPDIR:-$(dirname "$(readlink -f "$0")")}
app="$here/usr/lib/${name}"
if [ "$1" = satm ]; then
  shift
  if [ -n "$APPIMAGE" ] && [ -z "$SATM_APP" ]; then
    SATM_APP=$APPIMAGE
    export SATM_APP
  fi
  exec "$app/satm" "$@"
fi
exec "$app/${name}" "$@"
`

/**
 * @param {import('./tree.mjs').Tree} tree
 * @param {{ work: string, out: string, isQuick: boolean, env?: NodeJS.ProcessEnv }} how
 * @returns {Promise<string>} the file, whose name has no version: an update replaces it
 */
export async function makeAppImage(tree, { work, out, isQuick, env = process.env }) {
  const { release } = tree
  const { name } = release
  const root = path.join(work, 'appimage')
  await treeWith(tree, root, {
    AppRun: appRun(name),
    [`${name}.desktop`]: resource(`${name}.desktop`),
    [`${name}.png`]: resource('icons/app-256.png'),
  })
  await symlink(`${name}.png`, path.join(root, '.DirIcon'))
  const image = path.join(work, 'image.squashfs')
  const times = ['-mkfs-time', `${release.time}`, '-all-time', `${release.time}`]
  const how = [
    '-noappend',
    '-all-root',
    '-no-progress',
    '-quiet',
    '-comp',
    'zstd',
    '-Xcompression-level',
    isQuick ? '1' : '15',
  ]
  // The variable and the switches exclude each other.
  const { SOURCE_DATE_EPOCH: _, ...rest } = process.env
  await must('mksquashfs', [root, image, ...how, ...times], { env: rest })
  const file = path.join(out, `${name}-x86_64.AppImage`)
  const runtime = await runtimeFor(release, env)
  await writeFile(`${file}.new`, Buffer.concat([runtime, await readFile(image)]))
  await chmod(`${file}.new`, 0o755)
  await rename(`${file}.new`, file)
  await rm(image)
  return file
}

/** github.com/AppImage/type2-runtime, runtime-x86_64 of this version. */
const GENUINE = {
  version: '20251108',
  sha256: '2fca8b443c92510f1483a883f60061ad09b46b978b2631c807cd873a47ec260d',
}

/**
 * A variable names the genuine runtime's file. Without it only a test package is made, with a stand-in.
 * @param {Pick<import('./release.mjs').Release, 'isTest'>} release
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Buffer>}
 */
async function runtimeFor({ isTest }, { APPIMAGE_RUNTIME: file }) {
  const { version, sha256 } = GENUINE
  if (file) {
    const runtime = await readFile(file)
    const actual = createHash('sha256').update(runtime).digest('hex')
    if (actual === sha256) return runtime
    throw new Error(`APPIMAGE_RUNTIME: ${file} has the sha256 ${actual}, not the pinned ${sha256}.`)
  }
  if (isTest) return Buffer.from(STAND_IN)
  throw new Error(
    `An AppImage needs runtime-x86_64 ${version} of the AppImage project (type2-runtime): name its file in APPIMAGE_RUNTIME.`,
  )
}

/** Does for tests what the genuine one does, but unpacks the file system instead of mounting it. */
const STAND_IN = standIn()

function standIn() {
  /** @param {string} size */
  const script = (size) => `#!/bin/sh
# Stand-in for the AppImage runtime, for test packages only. It needs unsquashfs.
APPIMAGE=$(readlink -f "$0") ARGV0=$0 OWD=$PWD
APPDIR=$(mktemp -d "\${TMPDIR:-/tmp}/.mount_XXXXXX") || exit 127
export APPIMAGE ARGV0 OWD APPDIR
unsquashfs -quiet -no-progress -force -dest "$APPDIR" -offset ${size} "$APPIMAGE" >/dev/null || exit 127
"$APPDIR/AppRun" "$@" &
child=$!
trap 'kill -TERM $child 2>/dev/null' TERM INT HUP
wait $child
code=$?
while kill -0 $child 2>/dev/null; do wait $child; code=$?; done
rm -rf "$APPDIR"
exit $code
`
  const length = script('0000').length
  return script(
    String(length)
      .padStart(4, '0')
      .replace(/^0+/, (zeros) => ' '.repeat(zeros.length)),
  )
}
