// Delivery as it is stored: targets and how they stand, their runs, the local endpoint's consumers, the webhook.
import { isVariableName } from '#base/common/env-variable.ts'
import type { Duration, Instant, ProfileId } from './model.ts'
import { SECOND } from './policy.ts'
import type { Secret } from './secret.ts'

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

/** The state of one target. Fingerprints are the first 8 hex digits of SHA-256. */
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
  /** When it is tried again automatically; null: after the next renewal, or when a person asks. */
  readonly retryAt: Instant | null
}

/** The token as it is now, by its fingerprints. */
export interface TokenMarks {
  /** null: there is none. */
  readonly fingerprint: string | null
  readonly refreshFingerprint: string | null
}

/** `outdated`: what is there is of an older token, or of one that is gone. */
export type DeliveryStanding = 'held' | 'waiting' | 'delivered' | 'outdated' | 'failing'

export function wantsRefreshToken(spec: DeliverySpec): boolean {
  return spec.kind === 'env-file' && spec.refreshTokenName !== null
}

/** `field`: of the target as a person types it. */
export interface SpecFlaw {
  readonly field: 'path' | 'accessTokenName' | 'refreshTokenName' | 'command' | 'timeLimitSeconds'
  readonly sentence: string
}

const LONGEST_PATH = 4096
const LONGEST_COMMAND = 4096
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

/** What set it off: the target was added or changed, a newer token, a failure before it, or a person's ask. */
export type RunTrigger = 'set-up' | 'new-token' | 'retry' | 'asked'

/** `broken-off`: the app ended before it did. */
export type RunOutcome = 'delivered' | 'failed' | 'broken-off'

/** No token and no part of one is in it. */
export interface DeliveryRun {
  readonly startedAt: Instant
  readonly duration: Duration
  readonly trigger: RunTrigger
  readonly outcome: RunOutcome
  /** Of the access token. */
  readonly fingerprint: string
  /** Of a command that was not stopped; null: there is none. */
  readonly exitCode: number | null
  /** What happened, and what to do; null: it went well. */
  readonly sentence: string | null
  /** The end of what a command said, redacted, at most about 2 KiB; null: nothing that could say anything was run. */
  readonly output: string | null
}

/** So many are kept of each target, the newest ones. */
export const RUNS_KEPT = 20

/** A program that may ask the local endpoint for tokens. Its secret is known to the program alone. */
export interface Consumer {
  readonly id: string
  readonly name: string
  /** SHA-256 of its 256-bit secret: 32 bytes. */
  readonly secretHash: Uint8Array
  /** null: all, those to come as well. One that is gone stays named and gives nothing. */
  readonly profileIds: readonly ProfileId[] | null
  readonly createdAt: Instant
  readonly lastUsedAt: Instant | null
  /** It came with a backup: its secret is a wrong one until a person has confirmed it. */
  readonly held: boolean
}

export interface WebhookSettings {
  /** null: off. An address may carry a key of its own, so it is kept like one. */
  readonly url: Secret | null
  /** What messages are signed with: base64 of 32 bytes. */
  readonly secret: Secret
  /** It came with a backup: nothing is sent there, and its secret signs nothing, until a person has confirmed it. */
  readonly held: boolean
}

/** What a webhook sends. No token, no secret. */
export type WebhookEvent = 'alert.raised' | 'alert.recovered' | 'test'
