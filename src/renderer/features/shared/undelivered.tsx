// Tokens that do not get where they should, said quietly: the tokens themselves are fine.
import { useOfView, useView } from '#renderer/app/context.tsx'
import { hrefOf } from '#renderer/app/route.ts'
import { Icon } from '#renderer/components/icon.tsx'
import { plural } from './words.ts'

const NAMED = 3

export function Undelivered() {
  const { delivery, fleet } = useView()
  const ids = [...new Set(delivery.failing.map(({ profileId }) => profileId))]
  const known = ids.flatMap((id) => fleet.profiles.find((profile) => profile.id === id) ?? [])
  if (known.length === 0) return null
  const more = known.length - NAMED
  return (
    <div className="sign idle">
      <Icon name="deliver" />
      <div>
        <strong>Not delivered</strong>
        <ul className="small">
          {known.slice(0, NAMED).map(({ id, name }) => (
            <li key={id} className="cut">
              <a href={hrefOf({ screen: 'service-app', profileId: id })}>{name}</a>
            </li>
          ))}
          {more > 0 && <li className="quiet">and {plural(more, 'other', 'others')}</li>}
        </ul>
      </div>
    </div>
  )
}

/** A quiet word on a row whose token does not get where it should; why, in the tooltip. */
export function UndeliveredSign({ profileId }: { readonly profileId: string }) {
  const why = useOfView(
    ({ delivery }) => delivery.failing.find((one) => one.profileId === profileId)?.sentence ?? null,
  )
  if (why === null) return null
  return (
    <span className="undelivered small" title={why}>
      Not delivered
    </span>
  )
}
