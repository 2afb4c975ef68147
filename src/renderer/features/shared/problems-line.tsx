// The one line that leads to the problems from wherever they matter.
import { useView } from '#renderer/app/context.tsx'
import { hrefOf } from '#renderer/app/route.ts'
import layout from '#renderer/components/layout.module.css'
import { countProblems, plural } from './words.ts'

export function ProblemsLine() {
  const { fleet } = useView()
  const problems = countProblems(fleet.incidents)
  if (problems === 0) return null
  const affected = new Set(fleet.incidents.flatMap(({ profileIds }) => profileIds)).size
  return (
    <p className={layout.line}>
      {plural(problems, 'problem')}: {plural(affected, 'customer')} affected ·{' '}
      <a href={hrefOf({ screen: 'problems' })}>Show</a>
    </p>
  )
}
