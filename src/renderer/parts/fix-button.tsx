import type { FixAction } from '../../preload/contract.ts'
import { useActions } from '../actions.ts'
import { fixWords } from '../words.ts'
import { Button } from './button.tsx'

/** The one button that mends it. */
export function FixButton({ fix, primary = false }: { readonly fix: FixAction; readonly primary?: boolean }) {
  const { fix: mend } = useActions()
  return (
    <Button kind={primary ? 'primary' : 'secondary'} size={28} onPress={() => mend(fix)}>
      {fixWords(fix)}
    </Button>
  )
}
