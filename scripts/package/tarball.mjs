// The archive for any other Linux: the app's folder with its share/ inside, to be unpacked anywhere.
import { cp, rename } from 'node:fs/promises'
import path from 'node:path'
import { must } from '../run/child.mjs'
import { settle, treeWith } from './tree.mjs'

/**
 * @param {import('./tree.mjs').Tree} tree
 * @param {{ work: string, out: string, isQuick: boolean }} how
 * @returns {Promise<string>} the file
 */
export async function makeTarball(tree, { work, out, isQuick }) {
  const { release } = tree
  const root = path.join(work, 'tar')
  await treeWith(tree, root, {})
  const label = `${release.name}-${release.packageVersion}`
  const folder = path.join(root, label)
  await rename(path.join(root, tree.app), folder)
  await cp(path.join(root, 'usr/share'), path.join(folder, 'share'), { recursive: true })
  await settle(folder, release.time)
  const file = path.join(out, `${label}-linux-x64.tar.gz`)
  const times = ['--sort=name', `--mtime=@${release.time}`, '--format=gnu']
  const owners = ['--owner=root:0', '--group=root:0', '--numeric-owner']
  // gzip itself: without a name and a time.
  const how = ['--use-compress-program', isQuick ? 'gzip -1n' : 'gzip -6n']
  await must('tar', [...times, ...owners, ...how, '-cf', `${file}.new`, '-C', root, label])
  await rename(`${file}.new`, file)
  return file
}
