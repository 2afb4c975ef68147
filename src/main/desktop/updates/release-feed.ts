// Release feed: what the update server says about the newest release, and the proof that the owner of the release key said
// it. `npm run release` (scripts/release) writes it.
import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { parseJson } from '#base/common/json.ts'
import { isLoopback } from '#base/node/loopback.ts'
import type { Unreachable } from '#engine/domain/ports.ts'

export type PackageKind = 'appimage' | 'deb' | 'rpm' | 'tar' | 'nsis' | 'dmg'

/** A package that is meant for one kind of installation. */
export interface PackageTarget {
  readonly kind: PackageKind
  /** As `process.arch` has it. */
  readonly arch: string
}

/** Where releases are announced, and who may announce them: values of the build. */
export interface ReleaseSource {
  /** A folder: it ends with a slash. */
  readonly url: string
  readonly keys: readonly KeyObject[]
}

/** One package of a release, as it was signed. */
export interface Release extends PackageTarget {
  readonly version: string
  /** Bytes. */
  readonly size: number
  /** Hexadecimal. */
  readonly sha256: string
  readonly sha512: string
  readonly url: string
}

export type UpdateProblem =
  | Unreachable
  | 'redirected'
  /** The server answered with another status than 200. */
  | 'no-file'
  /** Something other than a feed came, such as a sign-in page. */
  | 'not-a-feed'
  /** None for this kind of installation. */
  | 'no-package'
  /** By no release key that this build knows. */
  | 'not-signed'
  | 'cut-short'
  /** Not the bytes that were signed. */
  | 'differs'
  | 'disk-full'
  | 'not-writable'

export class UpdateFailure extends Error {
  readonly problem: UpdateProblem

  constructor(problem: UpdateProblem, options?: ErrorOptions) {
    super(problem, options)
    this.name = 'UpdateFailure'
    this.problem = problem
  }
}

/** Below the folder of the feed. */
export const FEED_FILE = 'latest.json'
/** Bytes. A feed has a line for each package. */
export const LONGEST_FEED = 64 * 1024

/** Reads what the packaging wrote (scripts/release/feed.mjs). Throws with what is wrong with it. */
export function readReleaseSource(text: string): ReleaseSource {
  const { feed, keys } = objectOf(parseJson(text))
  if (typeof feed !== 'string' || !Array.isArray(keys) || keys.length === 0) {
    throw new Error('It needs the address of a feed, and keys.')
  }
  const url = new URL(feed.endsWith('/') ? feed : `${feed}/`)
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))
  if (!isSafe) throw new Error('The address of the feed begins with https://.')
  return { url: url.href, keys: keys.map(publicKey) }
}

/** `key`: base64 of the SubjectPublicKeyInfo (RFC 8410). */
function publicKey(key: unknown): KeyObject {
  const read = createPublicKey({ key: Buffer.from(String(key), 'base64'), format: 'der', type: 'spki' })
  if (read.asymmetricKeyType !== 'ed25519') throw new Error('A release key is an Ed25519 key.')
  return read
}

/** The package for this installation. Throws `UpdateFailure`; only what is signed is returned. */
export function readFeed(text: string, { url, keys }: ReleaseSource, target: PackageTarget): Release {
  const { version, packages } = objectOf(parseJson(text))
  if (typeof version !== 'string' || numbersOf(version) === null || !Array.isArray(packages)) {
    throw new UpdateFailure('not-a-feed')
  }
  const found = packages.map(objectOf).find(({ kind, arch }) => kind === target.kind && arch === target.arch)
  if (found === undefined) throw new UpdateFailure('no-package')
  const { path, size, sha256, sha512, signature } = found
  const isWhole =
    isPath(path) &&
    typeof size === 'number' &&
    Number.isSafeInteger(size) &&
    isHex(sha256, 64) &&
    isHex(sha512, 128) &&
    typeof signature === 'string'
  if (!isWhole) throw new UpdateFailure('not-a-feed')
  const release = { ...target, version, size, sha256, sha512, url: new URL(path, url).href }
  const signed = Buffer.from(signedText(release))
  const proof = Buffer.from(signature, 'base64')
  if (!keys.some((key) => verify(null, signed, key, proof))) throw new UpdateFailure('not-signed')
  return release
}

/** What the signature covers. The same text stands in scripts/release/feed.mjs. */
export function signedText(release: Omit<Release, 'url'>): string {
  const { version, kind, arch, size, sha256, sha512 } = release
  return ['service-app-token-manager release', version, kind, arch, size, sha256, sha512, ''].join('\n')
}

/** Below 0: `one` is older than `other`. Both are versions of this app: three numbers. */
export function compareVersions(one: string, other: string): number {
  const [first, second] = [numbersOf(one) ?? [], numbersOf(other) ?? []]
  const differing = [0, 1, 2].find((index) => first[index] !== second[index])
  return differing === undefined ? 0 : (first[differing] ?? 0) - (second[differing] ?? 0)
}

function numbersOf(version: string): readonly number[] | null {
  return /^\d{1,6}\.\d{1,6}\.\d{1,6}$/.test(version) ? version.split('.').map(Number) : null
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

/** Of a file below the feed. */
function isPath(path: unknown): path is string {
  return typeof path === 'string' && path.length <= 300 && /^[\w-][\w.+~-]*(\/[\w-][\w.+~-]*)*$/.test(path)
}

function isHex(text: unknown, length: number): text is string {
  return typeof text === 'string' && text.length === length && /^[0-9a-f]+$/.test(text)
}
