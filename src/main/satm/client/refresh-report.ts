// Report of a refresh: one line for one, and for all their progress and a summary in which what failed alike is one line.

import { inWords } from '#base/common/duration.ts'
import { inOneLine } from '#base/common/find-profile.ts'
import type { Refreshed, RefreshReply } from '../protocol.ts'
import { plain } from './print.ts'

/** One line for one that went well. */
export function showRefreshed({ reference, outcome, tier, now, expiresAt }: Refreshed): string {
  const left = expiresAt === null ? '' : `, valid for ${inWords(expiresAt - now)}`
  const how = outcome === 'renewed' ? `renewed by tier ${tier}` : 'unchanged: Webex returned the same token'
  return `${plain(reference)}: ${how}${left}\n`
}

/** And for one that did not. */
export function showFailed({ reference, sentence, trackingId }: Refreshed): string {
  return `${reference}: ${sentence ?? 'could not be refreshed.'}${tracking(trackingId)}`
}

const tracking = (id: string | null) => (id === null ? '' : ` (tracking id ${id})`)

/** "120 of 400 refreshed, 3 failed". */
export function showProgress(ended: readonly Refreshed[]): string {
  const failed = ended.filter(({ outcome }) => outcome === 'failed').length
  const of = ended.at(-1)?.of
  const done = `${ended.length}${of === undefined ? '' : ` of ${of}`} refreshed`
  return failed === 0 ? done : `${done}, ${failed} failed`
}

/** "250 renewed, 150 failed". */
export function showCounts({ renewed, unchanged, failed }: RefreshReply): string {
  const counts = [
    [renewed, 'renewed'],
    [unchanged, 'unchanged'],
    [failed, 'failed'],
  ] as const
  const told = counts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`)
  return told.length === 0 ? 'Nothing to refresh' : told.join(', ')
}

/** Names in a line of failures. */
const SHOWN = 10

/** A line for each kind of failure, the most frequent first; one alone has its usual sentence. */
export function showFailures(ended: readonly Refreshed[]): readonly string[] {
  const kinds = new Map<string, Refreshed[]>()
  for (const refreshed of ended) {
    if (refreshed.outcome !== 'failed') continue
    const kind = refreshed.result ?? refreshed.sentence ?? ''
    kinds.set(kind, [...(kinds.get(kind) ?? []), refreshed])
  }
  return [...kinds.values()]
    .toSorted((one, other) => other.length - one.length)
    .map((alike) => {
      const [first, ...others] = alike
      if (first === undefined || others.length === 0) return alike.map(showFailed).join('')
      // A sentence may name a customer.
      const isSame = others.every(({ sentence }) => sentence === first.sentence)
      const named = isSame ? alike : others
      const shown = named.slice(0, SHOWN).map(({ reference }) => reference)
      const names = inOneLine({ shown, more: named.length - shown.length })
      const told = isSame ? `${first.sentence ?? ''}${tracking(first.trackingId)}` : showFailed(first)
      return `${alike.length} failed: ${told} ${isSame ? 'These are' : 'Likewise'}: ${names}`
    })
}
