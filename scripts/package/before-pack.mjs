// What electron-builder puts into the archive of the app besides the build: the update feed. Not tested, like the
// configuration that calls it.
import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { projectRoot } from '../project.mjs'
import { updateFeedOf } from '../release/feed.mjs'

export default async function beforePack() {
  const file = path.join(projectRoot, 'resources', 'update-feed.json')
  const feed = updateFeedOf(process.env)
  if (feed === null) await rm(file, { force: true })
  else await writeFile(file, feed)
}
