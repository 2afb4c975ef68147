// App updates, constructed: the update server that the packaging wrote beside the code, and the package this app runs from.
import { existsSync, readFileSync } from 'node:fs'
import { app } from 'electron'
import { createUpdates, type RunningUpdates } from '#application/updates.ts'
import type { NoAnswer } from '#delivery/webhook/webhook-request.ts'
import { keptArguments } from '#desktop/system/quit.ts'
import type { NetworkInit } from '#desktop/system/session-fetch.ts'
import { createReleases } from '#desktop/updates/download.ts'
import { type Installation, installationOf } from '#desktop/updates/installation.ts'
import { readReleaseSource } from '#desktop/updates/release-feed.ts'

type Parts = Pick<
  Parameters<typeof createUpdates>[0],
  'preferences' | 'supervisor' | 'clock' | 'toast' | 'changed' | 'log'
> & {
  /** What `npm run package` wrote of the feed; missing in a build without an update server. */
  readonly feedFile: string
  readonly dataFolder: string
  readonly isDemo: boolean
  readonly fetch: (url: string, init: NetworkInit) => Promise<Response>
  readonly whyNoAnswer: (error: unknown) => NoAnswer
}

export function createAppUpdates(parts: Parts): RunningUpdates {
  const { platform, arch, env, execPath: executable, pid: processId } = process
  const { dataFolder } = parts
  const run = { platform, arch, env, executable, isPackaged: app.isPackaged, dataFolder, processId }
  const installation = parts.isDemo ? null : installationOf(run)
  return createUpdates({
    ...parts,
    version: app.getVersion(),
    installation,
    feed: installation === null ? null : feedFor(installation, parts),
    random: Math.random,
    restart(installed) {
      installed.startAfterEnd(keptArguments())
      app.quit()
    },
  })
}

function feedFor({ target }: Installation, { feedFile, log, ...parts }: Parts) {
  if (!existsSync(feedFile)) return null
  try {
    const source = readReleaseSource(readFileSync(feedFile, 'utf8'))
    return { host: new URL(source.url).host, releases: createReleases({ ...parts, source, target }) }
  } catch (error) {
    log.warn('updates.feed-unreadable', { error })
    return null
  }
}
