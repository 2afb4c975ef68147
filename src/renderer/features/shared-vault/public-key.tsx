// The public key of this computer, for a member to add.
import layout from '#renderer/components/layout.module.css'
import { CopyText } from '#renderer/features/shared/copy-text.tsx'
import styles from './shared-vault.module.css'

export function PublicKey({ recipient }: { readonly recipient: string }) {
  return (
    <div>
      <p className={layout.exampleTitle}>Public key of this computer</p>
      <div className={styles.key}>
        <span className={`${layout.sunken} ${layout.example} mono small break selectable`}>{recipient}</span>
        <CopyText text={recipient} label="Copy public key" said="Public key copied." />
      </div>
    </div>
  )
}
