// The one line that leads to the problems from wherever they matter.
import type { Incident, ProblemTotals } from '#contract/contract.ts'
import { isOfDataSources } from '#contract/view-changes.ts'
import { useNow, useView } from '#renderer/app/context.tsx'
import { hrefOf } from '#renderer/app/route.ts'
import layout from '#renderer/components/layout.module.css'
import { relative, useMoments } from './moments.ts'
import { plural } from './words.ts'

export function ProblemsLine() {
  const { problems } = useView()
  if (problems.count + problems.snoozed.count === 0) return null
  return (
    <p className={layout.line}>
      <ProblemsSummary totals={problems} /> · <a href={hrefOf({ screen: 'problems' })}>Show</a>
    </p>
  )
}

/** "3 problems: 41 customers affected, first token ends Dec 12 · 1 snoozed: 12 customers". */
export function ProblemsSummary({ totals }: { readonly totals: ProblemTotals }) {
  const { count, customers, deadline, snoozed } = totals
  const moments = useMoments()
  const ends = useNow((now) => {
    if (deadline === null) return ''
    const date = moments.dayWords(deadline)
    return deadline > now ? `, first token ends ${date}` : `, first token ended ${relative(deadline, now)}`
  })
  const affected = customers === 0 ? '' : `: ${plural(customers, 'customer')} affected${ends}`
  const calm = snoozed.customers === 0 ? '' : `: ${plural(snoozed.customers, 'customer')}`
  const parts = [
    ...(count === 0 ? [] : [`${plural(count, 'problem')}${affected}`]),
    ...(snoozed.count === 0
      ? []
      : [
          `${count === 0 ? plural(snoozed.count, 'snoozed problem') : `${snoozed.count.toLocaleString()} snoozed`}${calm}`,
        ]),
  ]
  return <span>{parts.join(' · ')}</span>
}

/** `date`: of the deadline. */
export function deadlineWords(incident: Incident, deadline: number, now: number, date: string): string {
  if (isOfDataSources(incident))
    return `data ${deadline > now ? 'until' : 'stopped'} ${date} (${relative(deadline, now)})`
  const token = incident.customers > 1 ? 'first token' : 'token'
  return deadline > now
    ? `${token} ends ${date} (${relative(deadline, now)})`
    : `${token} ended ${date} (${relative(deadline, now)})`
}
