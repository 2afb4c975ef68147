// Where a profile's token goes after a renewal, and how that went. Deciding is pure; `delivery/` does it.
import type { Duration, Instant, ProfileId } from './model.ts'
import { HOUR, MINUTE, SECOND } from './policy.ts'

export type DeliveryTargetId = string

/** What a person confirmed about a file that is odd. Anything else about it is refused. */
export type FileOddity = 'git' | 'symlink' | 'hard-links' | 'other-owner' | 'readable-by-others'

export type DeliverySpec =
  | {
      readonly kind: 'env-file'
      /** Absolute. */
      readonly path: string
      readonly accessTokenName: string
      /** null: the refresh token stays here; programs need none, and a copy of it could be spent elsewhere. */
      readonly refreshTokenName: string | null
      readonly confirmed: readonly FileOddity[]
    }
  | {
      readonly kind: 'hook'
      /** Run by the system's shell. The token is never part of it. */
      readonly command: string
      readonly pass: 'environment' | 'stdin'
      readonly timeLimit: Duration
    }

export interface DeliveryTarget {
  readonly id: DeliveryTargetId
  readonly profileId: ProfileId
  readonly spec: DeliverySpec
  readonly createdAt: Instant
}

/** How it stands with one target. Fingerprints are the first 8 hex digits of SHA-256. */
export interface DeliveryState {
  readonly delivered: Delivered | null
  /** Of the tries since the last one that went well; null when there were none. */
  readonly failure: DeliveryFailure | null
  /** It came with a backup: nothing is delivered there before a person has asked for it once. */
  readonly held: boolean
}

export interface Delivered {
  readonly at: Instant
  /** Of the access token. */
  readonly fingerprint: string
  /** null: no refresh token went along. */
  readonly refreshFingerprint: string | null
}

export interface DeliveryFailure {
  readonly at: Instant
  readonly fingerprint: string
  /** What happened and what to do. */
  readonly sentence: string
  readonly failures: number
  /** When it is tried again by itself; null: after the next renewal, or when a person asks. */
  readonly retryAt: Instant | null
}

/** The token as it is now, by its fingerprints. */
export interface TokenMarks {
  /** null: there is none. */
  readonly fingerprint: string | null
  readonly refreshFingerprint: string | null
}

export const notYetDelivered: DeliveryState = { delivered: null, failure: null, held: false }

/**
 * Waits after the first, second … failure. No renewal depends on them, so no jitter; a new token and a person's ask do
 * not wait at all.
 */
const RETRY_DELAYS: readonly Duration[] = [10 * SECOND, MINUTE, 5 * MINUTE, 30 * MINUTE, HOUR]

export function retryDelay(failures: number): Duration {
  return RETRY_DELAYS[Math.min(Math.max(failures, 1), RETRY_DELAYS.length) - 1] ?? HOUR
}

/** `outdated`: what is there is of an older token, or of one that is gone. */
export type DeliveryStanding = 'held' | 'waiting' | 'delivered' | 'outdated' | 'failing'

export function standingOf(spec: DeliverySpec, state: DeliveryState, now: TokenMarks): DeliveryStanding {
  if (state.held) return 'held'
  if (state.failure !== null) return 'failing'
  if (state.delivered === null) return 'waiting'
  return isCurrent(spec, state.delivered, now) ? 'delivered' : 'outdated'
}

/** When it is to be delivered without being asked for; null: nothing is to be done until something changes. */
export function dueAt(
  spec: DeliverySpec,
  state: DeliveryState,
  marks: TokenMarks,
  now: Instant,
): Instant | null {
  if (marks.fingerprint === null || state.held) return null
  const { failure, delivered } = state
  if (failure !== null) {
    // Another token may fare better; and a clock that was set back must not make the wait longer.
    if (failure.fingerprint !== marks.fingerprint || failure.at > now) return now
    return failure.retryAt
  }
  return delivered !== null && isCurrent(spec, delivered, marks) ? null : now
}

export function afterDelivery(marks: Delivered): DeliveryState {
  return { delivered: marks, failure: null, held: false }
}

/** What a person asked for is no longer held, even if it failed: it was meant to run here. */
export function afterFailedDelivery(
  before: DeliveryState,
  failed: Pick<DeliveryFailure, 'at' | 'fingerprint' | 'sentence'>,
): DeliveryState {
  const failures = (before.failure?.failures ?? 0) + 1
  const retryAt = failed.at + retryDelay(failures)
  return { delivered: before.delivered, failure: { ...failed, failures, retryAt }, held: false }
}

/** `field`: of the target as a person types it. */
export interface SpecFlaw {
  readonly field: 'path' | 'accessTokenName' | 'refreshTokenName' | 'command' | 'timeLimitSeconds'
  readonly sentence: string
}

const LONGEST_PATH = 4096
const LONGEST_COMMAND = 4096
const LONGEST_NAME = 120
const HOOK_TIME_LIMIT = { least: SECOND, most: 600 * SECOND } as const

/** What no target has, whether it was typed or came with a backup; null: nothing is wrong with it. */
export function specFlaw(spec: DeliverySpec): SpecFlaw | null {
  if (spec.kind === 'hook') return hookFlaw(spec)
  if (!isWholePath(spec.path)) return { field: 'path', sentence: 'Give the whole path, from the root on.' }
  if (!isVariableName(spec.accessTokenName)) return { field: 'accessTokenName', sentence: VARIABLE_NAME }
  if (spec.refreshTokenName === null) return null
  if (!isVariableName(spec.refreshTokenName)) return { field: 'refreshTokenName', sentence: VARIABLE_NAME }
  return spec.refreshTokenName === spec.accessTokenName
    ? { field: 'refreshTokenName', sentence: 'The two tokens need two names.' }
    : null
}

const VARIABLE_NAME = 'A variable name has letters, digits and _, and begins with no digit.'

/** As every shell and every reader of env files takes it (POSIX, Base Definitions 3.216). */
export function isVariableName(text: string): boolean {
  return text.length <= LONGEST_NAME && /^[A-Za-z_][A-Za-z0-9_]*$/.test(text)
}

/** Of any system: a backup may come from another one. */
function isWholePath(path: string): boolean {
  return path.length <= LONGEST_PATH && !path.includes('\0') && /^(\/|[A-Za-z]:[\\/]|\\\\)/.test(path)
}

function hookFlaw({ command, timeLimit }: Extract<DeliverySpec, { kind: 'hook' }>): SpecFlaw | null {
  if (command.trim() === '') return { field: 'command', sentence: 'Type the command.' }
  if (command.includes('\0')) return { field: 'command', sentence: 'A command is text.' }
  if (command.length > LONGEST_COMMAND) {
    return { field: 'command', sentence: `A command has at most ${LONGEST_COMMAND} characters.` }
  }
  const { least, most } = HOOK_TIME_LIMIT
  return Number.isInteger(timeLimit / SECOND) && timeLimit >= least && timeLimit <= most
    ? null
    : {
        field: 'timeLimitSeconds',
        sentence: `The time limit is a whole number of seconds from ${least / SECOND} to ${most / SECOND}.`,
      }
}

function isCurrent(spec: DeliverySpec, delivered: Delivered, marks: TokenMarks): boolean {
  if (delivered.fingerprint !== marks.fingerprint) return false
  return !wantsRefreshToken(spec) || delivered.refreshFingerprint === marks.refreshFingerprint
}

export function wantsRefreshToken(spec: DeliverySpec): boolean {
  return spec.kind === 'env-file' && spec.refreshTokenName !== null
}
