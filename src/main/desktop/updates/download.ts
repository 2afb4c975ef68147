// Download of releases: the feed and the packages, over the app's own network session, each within its limits. A package is
// hashed while it is written, and no byte beyond its signed size is kept.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { setDeadline } from '#base/common/timer.ts'
import type { Duration } from '#engine/domain/model.ts'
import type { Clock, Unreachable } from '#engine/domain/ports.ts'
import type { NetworkInit } from '../system/session-fetch.ts'
import {
  FEED_FILE,
  LONGEST_FEED,
  type PackageTarget,
  type Release,
  type ReleaseSource,
  readFeed,
  UpdateFailure,
} from './release-feed.ts'

/** Each rejects with an `UpdateFailure`, or with the signal's reason once that is aborted. */
export interface Releases {
  /** The package of the newest release for this installation, proved by its signature. */
  newest(signal: AbortSignal): Promise<Release>
  /** Into a new file, which is there and whole once it resolves; otherwise it is gone. `progress`: bytes. */
  download(
    release: Release,
    file: string,
    signal: AbortSignal,
    progress: (done: number) => void,
  ): Promise<void>
  /** Resolves when the file is still the one that was signed; otherwise it is gone. */
  verify(release: Release, file: string): Promise<void>
}

/** ms without a byte. */
const LONGEST_SILENCE: Duration = 30_000

export function createReleases(dependencies: {
  readonly source: ReleaseSource
  readonly target: PackageTarget
  readonly clock: Pick<Clock, 'after'>
  readonly fetch: (url: string, init: NetworkInit) => Promise<Response>
  /** What a rejected fetch means. */
  readonly whyNoAnswer: (error: unknown) => Unreachable | 'redirected'
}): Releases {
  const { source, target, clock, fetch, whyNoAnswer } = dependencies

  /** Hands over the answer's body piece by piece; nothing of it is left under way when this settles. */
  const receive = async (url: string, signal: AbortSignal, take: (piece: Uint8Array) => unknown) => {
    const silence = new AbortController()
    const either = AbortSignal.any([signal, silence.signal])
    const stopped = new Promise<never>((_resolve, reject) => {
      either.addEventListener('abort', () => reject(signal.aborted ? signal.reason : TIMED_OUT), {
        once: true,
      })
    })
    stopped.catch(() => undefined)
    const within = async <T>(step: Promise<T>): Promise<T> => {
      const cancel = setDeadline(clock, LONGEST_SILENCE, () => silence.abort())
      return Promise.race([step, stopped]).finally(cancel)
    }
    const answered = async <T>(step: Promise<T>): Promise<T> =>
      within(step).catch((error) => {
        signal.throwIfAborted()
        throw error === TIMED_OUT ? error : new UpdateFailure(whyNoAnswer(error), { cause: error })
      })
    signal.throwIfAborted()
    const response = await answered(fetch(url, { ...REQUEST, signal: either }))
    const reader = response.body?.getReader()
    try {
      if (response.status !== 200)
        throw new UpdateFailure(response.status === 407 ? 'proxy-login' : 'no-file')
      for (;;) {
        const { done = true, value } = (await (reader && answered(reader.read()))) ?? {}
        if (done || value === undefined) return
        await take(value)
      }
    } finally {
      reader?.cancel().catch(() => undefined)
    }
  }

  return {
    async newest(signal) {
      const pieces: Uint8Array[] = []
      let length = 0
      await receive(new URL(FEED_FILE, source.url).href, signal, (piece) => {
        length += piece.length
        if (length > LONGEST_FEED) throw new UpdateFailure('not-a-feed')
        pieces.push(piece)
      })
      return readFeed(Buffer.concat(pieces).toString('utf8'), source, target)
    },
    async download(release, file, signal, progress) {
      const digest = digestOf(release)
      let done = 0
      const handle = await rm(file, { force: true })
        .then(() => open(file, 'wx', 0o600))
        .catch(asWriteFailure)
      try {
        await receive(release.url, signal, async (piece) => {
          done += piece.length
          if (done > release.size) throw new UpdateFailure('differs')
          digest.update(piece)
          await writeWhole(handle, piece)
          progress(done)
        })
        if (done < release.size) throw new UpdateFailure('cut-short')
        digest.check()
        await handle.sync().catch(asWriteFailure)
        await handle.close()
      } catch (error) {
        await handle.close().catch(() => undefined)
        await rm(file, { force: true }).catch(() => undefined)
        throw error
      }
    },
    async verify(release, file) {
      const digest = digestOf(release)
      try {
        for await (const piece of createReadStream(file)) digest.update(piece)
        digest.check()
      } catch (error) {
        await rm(file, { force: true }).catch(() => undefined)
        throw new UpdateFailure('differs', { cause: error })
      }
    },
  }
}

/** Nothing in it names this computer, its user or this version. */
const REQUEST: NetworkInit = {
  headers: { 'user-agent': 'ServiceAppTokenManager', 'accept-language': 'en' },
  redirect: 'error',
  credentials: 'omit',
  cache: 'no-store',
  referrerPolicy: 'no-referrer',
}

const TIMED_OUT = new UpdateFailure('timeout')

function digestOf({ sha256, sha512 }: Release) {
  const hashes = [
    [createHash('sha256'), sha256],
    [createHash('sha512'), sha512],
  ] as const
  return {
    update(piece: Uint8Array) {
      for (const [hash] of hashes) hash.update(piece)
    },
    check() {
      if (hashes.some(([hash, signed]) => hash.digest('hex') !== signed)) throw new UpdateFailure('differs')
    },
  }
}

async function writeWhole(handle: FileHandle, piece: Uint8Array): Promise<void> {
  for (let written = 0; written < piece.length; ) {
    const { bytesWritten } = await handle.write(piece, written).catch(asWriteFailure)
    written += bytesWritten
  }
}

/** What could not be written is the disk's, or of the folder's rights. */
export function asWriteFailure(error: unknown): never {
  const code = error instanceof Error && 'code' in error ? error.code : null
  const isFull = code === 'ENOSPC' || code === 'EDQUOT'
  throw new UpdateFailure(isFull ? 'disk-full' : 'not-writable', { cause: error })
}
