// The RPM package: the same tree, with a spec file that lists each file with its mode.
import { lstat, mkdir, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { must } from '../run/child.mjs'
import { resource } from './desktop-files.mjs'
import {
  configure,
  nameWhatStays,
  reloadUnits,
  remove,
  restartServer,
  stopServer,
} from './maintainer-scripts.mjs'
import { folded, testNotice } from './release.mjs'
import { entriesBelow, treeWith } from './tree.mjs'

/** Folders of other packages: only what is in them is ours. */
const SHARED =
  /^\/usr(\/(bin|lib|share)|\/lib\/(systemd(\/system)?|sysusers\.d)|\/share\/(applications|bash-completion|fish|icons|man|metainfo|zsh)(\/.*)?|\/share\/licenses)?$/

/** As the Debian package has it, by all processors. */
const XZ = 'w2T0.xzdio'

/**
 * @param {import('./tree.mjs').Tree} tree
 * @param {{ work: string, out: string, isQuick: boolean }} how
 * @returns {Promise<string>} the file
 */
export async function makeRpm(tree, { work, out, isQuick }) {
  const { release } = tree
  const root = path.join(work, 'rpm')
  await treeWith(tree, root, { [`usr/share/licenses/${release.name}/LICENSE`]: resource('../LICENSE') })
  const zsh = path.join(root, 'usr/share/zsh')
  await rename(path.join(zsh, 'vendor-completions'), path.join(zsh, 'site-functions'))
  const top = path.join(work, 'rpmbuild')
  await mkdir(top)
  const spec = path.join(top, `${release.name}.spec`)
  await writeFile(spec, specFile(release, { root, app: tree.app, files: await fileList(root) }))
  const settings = {
    _topdir: top,
    _buildhost: 'reproducible',
    use_source_date_epoch_as_buildtime: '1',
    clamp_mtime_to_source_date_epoch: '1',
    _binary_payload: isQuick ? 'w1.gzdio' : XZ,
  }
  const defines = Object.entries(settings).flatMap(([name, value]) => ['--define', `${name} ${value}`])
  await must('rpmbuild', ['-bb', '--target', 'x86_64-linux', ...defines, spec], {
    env: { ...process.env, SOURCE_DATE_EPOCH: `${release.time}` },
  })
  const made = `${release.name}-${release.packageVersion}-1.x86_64.rpm`
  const file = path.join(out, made)
  await must('mv', [path.join(top, 'RPMS', 'x86_64', made), file])
  return file
}

/**
 * @param {string} root
 * @returns {Promise<readonly string[]>} lines of `%files`
 */
async function fileList(root) {
  const lines = []
  for (const entry of await entriesBelow(root)) {
    const name = `/${path.relative(root, entry)}`
    const found = await lstat(entry)
    if (found.isDirectory() && SHARED.test(name)) continue
    const mode = (found.mode & 0o7777).toString(8)
    const kind = found.isDirectory() ? '%dir ' : name.startsWith('/usr/share/licenses/') ? '%license ' : ''
    lines.push(found.isSymbolicLink() ? `"${name}"` : `${kind}%attr(${mode}, root, root) "${name}"`)
  }
  return lines
}

/**
 * @param {import('./release.mjs').Release} release
 * @param {{ root: string, app: string, files: readonly string[] }} parts
 */
function specFile(release, { root, app, files }) {
  const notice = testNotice(release)
  return `# Nothing is changed after the tree was made, and no debug information is split off.
%global debug_package %{nil}
%global __os_install_post %{nil}
%global _build_id_links none
# The app's own libraries are nobody else's.
%global __provides_exclude_from ^/${app}/.*$
%global __requires_exclude ^lib(ffmpeg|EGL|GLESv2|vk_swiftshader|vulkan)\\\\.so

Name: ${release.name}
Version: ${release.packageVersion}
Release: 1
Summary: ${release.summary}
License: MIT
Requires: xdg-utils
Requires: libX11-xcb.so.1()(64bit)
Requires: libnotify.so.4()(64bit)
Requires: libsecret-1.so.0()(64bit)
Recommends: (gnome-keyring or kwallet)

%description
${release.title} renews the access tokens of Webex service
apps ahead of time, and gives the current ones to programs: by the command
line (satm), environment files, commands or a local endpoint. Tokens and
secrets are stored encrypted.
${notice === null ? '' : `\n${folded(notice).join('\n')}\n`}
%install
cp -al "${root}/." "%{buildroot}/"

%post
${configure}${reloadUnits}
%preun
if [ "$1" -eq 0 ]; then
${stopServer('systemctl')}${remove}fi

%postun
${reloadUnits}if [ "$1" -ge 1 ]; then
${restartServer('systemctl')}else
${nameWhatStays}fi

%files
${files.join('\n')}

%changelog
* ${changeDate(release.time)} Service App Token Manager contributors - ${release.packageVersion}-1
- See CHANGELOG.md of the project.
`
}

/** @param {number} time seconds since the epoch */
function changeDate(time) {
  // Sun, 29 Nov 2026 …
  const [day = '', date, month, year] = new Date(time * 1000).toUTCString().split(' ')
  return `${day.replace(',', '')} ${month} ${date} ${year}`
}
