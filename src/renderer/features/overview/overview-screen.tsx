// Overview: the fleet at a glance.
import { countStates } from '#contract/view-changes.ts'
import { useView } from '#renderer/app/context.tsx'
import layout from '#renderer/components/layout.module.css'
import { ProblemsLine } from '#renderer/features/shared/problems-line.tsx'
import { stateParts } from '#renderer/features/shared/words.ts'

export default function OverviewScreen() {
  const { fleet } = useView()
  return (
    <div className={layout.screen}>
      <header className={layout.header}>
        <div className={layout.title}>
          <h1>Overview</h1>
        </div>
      </header>
      <ProblemsLine />
      <div className={layout.body}>
        <p>{stateParts(countStates(fleet.profiles)).join(' · ')}</p>
      </div>
    </div>
  )
}
