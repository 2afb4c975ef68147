// The Debian package (Debian Policy 4.6): the tree, what dpkg asks for, and what its maintainer's scripts do.
import { createHash } from 'node:crypto'
import { lstat, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { must } from '../run/child.mjs'
import { packed, resource } from './desktop-files.mjs'
import {
  configure,
  nameWhatStays,
  reloadUnits,
  remove,
  restartServer,
  stopServer,
} from './maintainer-scripts.mjs'
import { folded, testNotice } from './release.mjs'
import { entriesBelow, settle, treeWith } from './tree.mjs'

/** Loaded when it is needed, so that no linker names it. */
const ALSO_NEEDED = ['libnotify4', 'libsecret-1-0', 'libx11-xcb1', 'xdg-utils']

/** Every dpkg reads xz. Level 6 takes four times as long as 2 for a tenth less; how many processors share the work is no matter. */
const XZ = ['-Zxz', '-z2']

/** It obeys what an administrator's policy says of starting services (policy-rc.d). */
const SYSTEMCTL = 'deb-systemd-invoke'
/** Debian Policy, 6.5: their first argument says at what they are called; at an upgrade the second of postinst is the old version. */
const SCRIPTS = {
  postinst: `if [ "$1" = configure ]; then\n${configure}${reloadUnits}if [ -n "$2" ]; then\n${restartServer(SYSTEMCTL)}fi\nfi\n`,
  prerm: `if [ "$1" = remove ]; then\n${stopServer(SYSTEMCTL)}${remove}fi\n`,
  postrm: `${reloadUnits}if [ "$1" = remove ] || [ "$1" = purge ]; then\n${nameWhatStays}fi\n`,
}

/**
 * @param {import('./tree.mjs').Tree} tree
 * @param {{ work: string, out: string, isQuick: boolean }} how
 * @returns {Promise<string>} the file
 */
export async function makeDeb(tree, { work, out, isQuick }) {
  const { release } = tree
  const root = path.join(work, 'deb')
  const documents = `usr/share/doc/${release.name}`
  await treeWith(tree, root, {
    [`${documents}/copyright`]: copyright(release, tree.app),
    [`${documents}/changelog.gz`]: packed(changelog(release)),
    [`usr/share/lintian/overrides/${release.name}`]: resource('linux/lintian-overrides'),
  })
  const control = path.join(root, 'DEBIAN')
  const depends = await dependencies(root, tree.app, path.join(work, 'shlibdeps'))
  const { sums, size } = await contents(root)
  await mkdir(control)
  await writeFile(path.join(control, 'control'), controlFile(release, { depends, size }))
  await writeFile(path.join(control, 'md5sums'), sums)
  for (const [script, body] of Object.entries(SCRIPTS))
    await writeFile(path.join(control, script), `#!/bin/sh\nset -e\n${body}`, { mode: 0o755 })
  await settle(control, release.time)
  const file = path.join(out, `${release.name}_${release.packageVersion}_amd64.deb`)
  await must(
    'dpkg-deb',
    ['--root-owner-group', ...(isQuick ? ['-Zgzip', '-z1'] : XZ), '--build', root, `${file}.new`],
    {
      env: { ...process.env, SOURCE_DATE_EPOCH: `${release.time}` },
    },
  )
  await rename(`${file}.new`, file)
  return file
}

/**
 * @param {import('./release.mjs').Release} release
 * @param {{ depends: string, size: number }} facts `size`: KiB
 */
function controlFile(release, { depends, size }) {
  const notice = testNotice(release)
  return `Package: ${release.name}
Version: ${release.packageVersion}
Architecture: amd64
Maintainer: Service App Token Manager contributors <contributors@service-app-token-manager.invalid>
Installed-Size: ${size}
Depends: ${depends}
Recommends: gnome-keyring | kwalletmanager
Section: net
Priority: optional
Description: keeps the access tokens of Webex service apps alive
 ${release.title} renews the access tokens of Webex service
 apps ahead of time, and gives the current ones to programs: by the command
 line (satm), environment files, commands or a local endpoint. Tokens and
 secrets are stored encrypted.
${notice === null ? '' : [' .', ...folded(notice).map((line) => ` ${line}`), ''].join('\n')}`
}

/**
 * deb-substvars of what the programs are linked to, as this machine's packages bring it.
 * @param {string} root
 * @param {string} app
 * @param {string} work
 */
async function dependencies(root, app, work) {
  const folder = path.join(root, app)
  const native = (await entriesBelow(folder)).filter((file) => /\.(so(\.\d+)?|node)$/.test(file))
  const programs = ['service-app-token-manager', 'satm', 'chrome-sandbox', 'chrome_crashpad_handler']
  const all = [...programs.map((name) => path.join(folder, name)), ...native]
  await mkdir(path.join(work, 'debian'), { recursive: true })
  await writeFile(path.join(work, 'debian', 'control'), 'Source: x\n\nPackage: x\nArchitecture: amd64\n')
  const { stdout } = await must(
    'dpkg-shlibdeps',
    ['-O', '--ignore-missing-info', `-l${folder}`, ...all.map((file) => `-e${file}`)],
    {
      cwd: work,
    },
  )
  const found = /^shlibs:Depends=(.*)$/m.exec(stdout)?.[1]?.split(', ') ?? []
  if (found.length === 0) throw new Error('dpkg-shlibdeps found no dependency.')
  return [
    ...new Set([
      ...found,
      ...ALSO_NEEDED.filter((name) => !found.some((each) => each.startsWith(`${name} `))),
    ]),
  ]
    .sort()
    .join(', ')
}

/**
 * @param {string} root
 * @returns {Promise<{ sums: string, size: number }>} `sums`: md5sums(5); `size`: KiB
 */
async function contents(root) {
  let size = 0
  let sums = ''
  for (const file of await entriesBelow(root)) {
    const found = await lstat(file)
    size += found.isFile() ? Math.ceil(found.size / 1024) : 1
    if (!found.isFile()) continue
    const md5 = createHash('md5')
      .update(await readFile(file))
      .digest('hex')
    sums += `${md5}  ${path.relative(root, file)}\n`
  }
  return { sums, size }
}

/** @param {import('./release.mjs').Release} release */
function changelog({ name, packageVersion, time }) {
  const date = `${new Date(time * 1000).toUTCString().replace('GMT', '+0000')}`
  return `${name} (${packageVersion}) unstable; urgency=medium

  * See CHANGELOG.md of the project.

 -- Service App Token Manager contributors <contributors@service-app-token-manager.invalid>  ${date}
`
}

/**
 * @param {import('./release.mjs').Release} release
 * @param {string} app
 */
function copyright({ title }, app) {
  return `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: ${title}
Comment:
 The app contains Electron, Chromium and Node, and packages of the npm registry.
 Their licences are in /${app}: LICENSE.electron.txt,
 LICENSES.chromium.html, LICENSE.node.txt and third-party-notices.txt.

Files: *
Copyright: 2026 Service App Token Manager contributors
License: Expat

License: Expat
${resource('../LICENSE')
  .toString()
  .split('\n\n')
  .slice(2)
  .join('\n\n')
  .trim()
  .split('\n')
  .map((line) => (line === '' ? ' .' : ` ${line}`))
  .join('\n')}
`
}
