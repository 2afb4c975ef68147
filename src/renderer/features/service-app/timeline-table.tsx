// What the timeline shows, as a table: what is to come first, then what was, newest first.
import type { ProfileView, ShownAttempt } from '#contract/contract.ts'
import { tierSteps } from '#renderer/features/shared/explain.ts'
import { useMoments } from '#renderer/features/shared/moments.ts'
import { outcomeWords } from '#renderer/features/shared/words.ts'
import { type MarkKind, markKind } from './timeline-layout.ts'

export const kindWords: Readonly<Record<MarkKind, string>> = {
  'tier-1': 'Renewed by tier 1',
  'tier-2': 'Renewed by tier 2',
  integration: 'Renewed by tiers 3 and 2',
  unchanged: outcomeWords.unchanged,
  failed: outcomeWords.failed,
}

interface TableProps {
  readonly profile: ProfileView
  readonly attempts: readonly ShownAttempt[]
  readonly now: number
}

export function TimelineTable({ profile, attempts, now }: TableProps) {
  const moments = useMoments()
  const { accessToken, refreshToken, nextRefresh } = profile
  const ends = [
    ['Refresh token expires', refreshToken?.dead === true ? null : refreshToken?.expiresAt],
    ['Access token expires', accessToken?.expiresAt],
    [`Next refresh: ${nextRefresh?.why ?? ''}`, nextRefresh?.at],
  ] as const
  const plans = ends.flatMap(([words, at]) => (at != null && at > now ? [{ key: words, at, words }] : []))
  const rows = [
    ...plans.toSorted((a, b) => b.at - a.at),
    ...attempts
      .toSorted((a, b) => b.startedAt - a.startedAt)
      .map((attempt) => ({
        key: attempt.id,
        at: attempt.startedAt,
        words: `${kindWords[markKind(attempt)]} (${tierSteps(attempt.calls).join(' ') || 'nothing sent'})`,
      })),
  ]
  return (
    <table aria-label="Timeline">
      <thead>
        <tr>
          <th scope="col">When</th>
          <th scope="col">What</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ key, at, words }) => (
          <tr key={key}>
            <td className="figures">{moments.exactly(at)}</td>
            <td>{words}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
