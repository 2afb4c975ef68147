// Instead of everything else while the vault is closed: what is the matter, in its sentence, and the ways on.
import { useState } from 'react'
import type { Input, StorageView } from '../../../preload/contract.ts'
import { Button } from '../../parts/button.tsx'
import { Icon } from '../../parts/icon.tsx'
import { Notice } from '../../parts/notice.tsx'
import { useAsk, useView } from '../../window-parts.tsx'
import { PassphraseForm } from './passphrase-form.tsx'

type Way = 'storage.retry' | 'storage.accept-weak' | 'storage.begin-anew' | 'storage.passphrase'

export function StorageScreen({ storage }: { readonly storage: StorageView }) {
  const ask = useAsk()
  const { app } = useView()
  const [busy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<string | null>(null)
  const { title, passphrase } = looksOf(storage.kind)

  const send = async <W extends Way>(way: W, input: Input<W>) => {
    setBusy(true)
    const reply = await ask(way, input)
    setRefusal(reply.ok ? null : reply.error.message)
    setBusy(false)
  }

  // It opens within milliseconds; only if it does not is there something to see.
  if (storage.kind === 'opening') return <main className="storage-screen" aria-busy="true" />
  return (
    <main className="storage-screen">
      <section className="storage-card" aria-labelledby="storage-title">
        <Icon name={passphrase === null ? 'shield' : 'key'} size={2.5} />
        <h1 id="storage-title">{title}</h1>
        <p className="selectable" role="status">
          {storage.sentence}
        </p>
        {refusal !== null && (
          <Notice level="critical" alert>
            {refusal}
          </Notice>
        )}
        {passphrase !== null && (
          <PassphraseForm
            words={passphrase}
            busy={busy}
            onSend={(text) => void send('storage.passphrase', { passphrase: text })}
          />
        )}
        <div className="storage-buttons">
          {storage.kind === 'consent-needed' && (
            <Button disabled={busy} onPress={() => void send('storage.accept-weak', {})}>
              Store unprotected
            </Button>
          )}
          {storage.kind === 'moved-aside' && (
            <Button disabled={busy} onPress={() => void send('storage.begin-anew', {})}>
              Begin anew
            </Button>
          )}
          <Button
            kind={passphrase === null ? 'primary' : 'secondary'}
            icon="refresh"
            disabled={busy}
            onPress={() => void send('storage.retry', {})}
          >
            Try again
          </Button>
          <Button kind="quiet" onPress={() => void ask('app.open-link', { link: 'data-folder' })}>
            Open data folder
          </Button>
        </div>
        <p className="quiet small selectable">{app.dataFolder}</p>
      </section>
    </main>
  )
}

/** `passphrase`: what the passphrase would do here; null where it cannot help. */
function looksOf(kind: string): { readonly title: string; readonly passphrase: 'set' | 'enter' | null } {
  switch (kind) {
    case 'consent-needed':
      return { title: 'No keychain protects this computer', passphrase: 'set' }
    case 'passphrase-needed':
    case 'passphrase-wrong':
      return { title: 'Enter your passphrase', passphrase: 'enter' }
    case 'locked':
      return { title: 'The keychain is locked', passphrase: 'enter' }
    case 'absent':
      return { title: 'The keychain is missing', passphrase: 'enter' }
    case 'changed-backend':
      return { title: 'Another keychain than before', passphrase: 'enter' }
    case 'unreadable':
      return { title: 'The keychain does not open the data', passphrase: 'enter' }
    case 'damaged':
      return { title: 'The data file is damaged', passphrase: null }
    case 'moved-aside':
      return { title: 'The data file was set aside', passphrase: null }
    case 'too-new':
      return { title: 'The data is from a newer version', passphrase: null }
    case 'not-writable':
      return { title: 'The data folder cannot be written', passphrase: null }
    default:
      return { title: 'The storage is not open', passphrase: null }
  }
}
