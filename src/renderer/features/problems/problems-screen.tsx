// Problems: one line for each cause, however many customers it affects.
import type { Incident } from '#contract/contract.ts'
import { useView } from '#renderer/app/context.tsx'
import layout from '#renderer/components/layout.module.css'
import { Notice } from '#renderer/components/notice.tsx'
import { FixButton } from '#renderer/features/shared/actions.tsx'
import { TrackingId } from '#renderer/features/shared/copy-text.tsx'

export default function ProblemsScreen() {
  const { fleet } = useView()
  return (
    <div className={layout.screen}>
      <header className={layout.header}>
        <div className={layout.title}>
          <h1>Problems</h1>
        </div>
      </header>
      <div className={layout.body}>
        {fleet.incidents.map((incident) => (
          <Problem key={incident.key} incident={incident} />
        ))}
        {fleet.incidents.length === 0 && <p className="quiet">No problems.</p>}
      </div>
    </div>
  )
}

function Problem({ incident }: { readonly incident: Incident }) {
  const affected = incident.profileIds.length
  return (
    <Notice
      level={incident.level}
      title={affected > 1 ? `${incident.title} (affects ${affected.toLocaleString()})` : incident.title}
      action={incident.fix !== null && <FixButton fix={incident.fix} />}
    >
      <p>{incident.sentence}</p>
      {incident.trackingId !== null && <TrackingId id={incident.trackingId} />}
    </Notice>
  )
}
