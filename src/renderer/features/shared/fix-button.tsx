import type { FixAction, FleetView } from '#contract/contract.ts'
import { useView } from '#renderer/app/context.tsx'
import { Button } from '#renderer/components/button.tsx'
import { useActions } from './actions.ts'
import { fixWords } from './words.ts'

/** The one button that mends it. */
export function FixButton({ fix, primary = false }: { readonly fix: FixAction; readonly primary?: boolean }) {
  const { fix: mend } = useActions()
  const { fleet } = useView()
  return (
    <Button kind={primary ? 'primary' : 'secondary'} size={28} onPress={() => mend(fix, nameOf(fix, fleet))}>
      {fixWords(fix)}
    </Button>
  )
}

function nameOf(fix: FixAction, { profiles }: FleetView): string {
  const id = 'profileId' in fix ? fix.profileId : null
  return profiles.find((profile) => profile.id === id)?.name ?? 'The service app'
}
