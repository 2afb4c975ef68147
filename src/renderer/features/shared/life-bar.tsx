import { useNow } from '#renderer/app/context.tsx'

interface LifeBarProps {
  readonly issuedAt: number
  readonly expiresAt: number
  /** When the next refresh is planned; its mark stands where the fill will then end. */
  readonly refreshAt: number | null
}

/** The fill is the lifetime that is left; it drains to the left and is renewed when it reaches the mark. */
export function LifeBar({ issuedAt, expiresAt, refreshAt }: LifeBarProps) {
  const lifetime = Math.max(1, expiresAt - issuedAt)
  const left = useNow((now) => Math.round(share(expiresAt - now, lifetime) * 200) / 2)
  const late = useNow((now) => now > expiresAt || (refreshAt !== null && now > refreshAt + lifetime * 0.05))
  const mark = refreshAt === null ? null : share(expiresAt - refreshAt, lifetime) * 100
  return (
    <span className={late ? 'life-bar late' : 'life-bar'} aria-hidden="true">
      <span className="life-left" style={{ width: `${left}%` }} />
      {mark !== null && mark > 0 && <span className="life-mark" style={{ left: `${mark}%` }} />}
    </span>
  )
}

const share = (part: number, whole: number) => Math.min(1, Math.max(0, part / whole))
