// Saving a target: what main refuses, and where it says so.
import { useState } from 'react'
import { isolated } from '#base/common/display-text.ts'
import type { DeliverySpec, Input, RequestError } from '#contract/contract.ts'
import { useAsk, useToaster } from '#renderer/app/context.tsx'

interface SavingTarget {
  readonly busy: boolean
  readonly refusal: RequestError | null
  /** `shown`: of the file check that was seen. */
  save(target: Input<'delivery.save'>['target'], shown?: string): Promise<void>
}

export interface TargetFormProps {
  /** null: a new target, or one of another kind. */
  readonly initial: DeliverySpec | null
  /** null: a new target. */
  readonly targetId: string | null
  /** Of a fleet delivery: with placeholders, so no file is looked at. `appId`: of its service app; null: of all. */
  readonly template: { readonly appId: string | null } | null
  readonly saving: SavingTarget
  readonly saveWords: string
  readonly onClose: () => void
}

/** `platform`: of the view. */
export const isWindows = (platform: string) => /^win/i.test(platform)

export function useSaveTarget(profileId: string, targetId: string | null, onSaved: () => void): SavingTarget {
  const ask = useAsk()
  const toaster = useToaster()
  const [busy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<RequestError | null>(null)
  return {
    busy,
    refusal,
    async save(target, shown) {
      setBusy(true)
      setRefusal(null)
      const reply = await ask('delivery.save', {
        profileId,
        targetId,
        target,
        ...(shown === undefined ? {} : { shown }),
      })
      setBusy(false)
      if (!reply.ok) return setRefusal(reply.error)
      onSaved()
      const saved = targetId === null ? 'Delivery added.' : 'Delivery saved.'
      const goes =
        target.kind === 'env-file'
          ? `${target.accessTokenName} is written to ${isolated(target.path)}.`
          : 'The command runs after each renewal.'
      toaster.say({ level: 'success', text: `${saved} ${goes}` })
    },
  }
}
