import { useOfView } from '#renderer/app/context.tsx'

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
