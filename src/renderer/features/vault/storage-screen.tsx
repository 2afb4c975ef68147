// Instead of everything else while the vault is closed: what is the matter, in its sentence, and the ways on.
import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import type { Input, StorageView, StorageWay } from '#contract/contract.ts'
import { useAsk, useView } from '#renderer/app/context.tsx'
import { Button } from '#renderer/components/button.tsx'
import { Form } from '#renderer/components/form.tsx'
import { Icon } from '#renderer/components/icon.tsx'
import layout from '#renderer/components/layout.module.css'
import { Path } from '#renderer/components/name.tsx'
import { Notice, Refusal } from '#renderer/components/notice.tsx'
import styles from './closed-window.module.css'
import { useNewPassphrase, usePassphraseField } from './passphrase-fields.tsx'
import { containedIn, dateOf, RestoreSteps } from './restore-steps.tsx'

const RenewHere = lazy(() => import('./renew-here.tsx'))
const JoinForm = lazy(async () => ({
  default: (await import('#renderer/features/shared-vault/begin-forms.tsx')).JoinForm,
}))
const Waiting = lazy(async () => ({
  default: (await import('#renderer/features/shared-vault/waiting.tsx')).Waiting,
}))

type Closed = Extract<StorageView, { level: 'closed' }>
type Request =
  | 'storage.retry'
  | 'storage.unlock-keyring'
  | 'storage.accept-weak'
  | 'storage.begin-anew'
  | 'storage.choose-cloud'
  | 'storage.renew-here'
  | 'storage.passphrase'
  | 'app.restart'
  | 'app.quit'
  | 'app.open-link'
  | 'backup.forget'
  | 'shared-vault.go-on'
type Page = 'ways' | 'restore' | 'begin-anew' | 'renew-here' | 'join'

/** Of those on which it does not matter any more why the data is closed. */
const TITLES_OF_PAGES: Readonly<Partial<Record<Page, string>>> = {
  restore: 'Restore a backup',
  'renew-here': 'Renew here again',
  join: 'Join a shared vault',
}

export function StorageScreen({ storage }: { readonly storage: Closed }) {
  const ask = useAsk()
  const { app, sharedVault } = useView()
  const [busy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<string | null>(null)
  const [page, setPage] = useState<Page>('ways')

  const send = async <R extends Request>(request: R, input: Input<R>) => {
    setBusy(true)
    const reply = await ask(request, input)
    setRefusal(reply.ok ? null : reply.error.message)
    setBusy(false)
    setPage('ways')
  }

  // It opens within milliseconds; only if it does not is there something to see.
  if (storage.kind === 'opening') return <main className={styles.screen} aria-busy="true" />
  return (
    <main className={styles.screen}>
      <section className={styles.card} aria-labelledby="storage-title">
        <Icon name={storage.kind.startsWith('passphrase') ? 'key' : 'shield'} size={2.5} />
        <h1 id="storage-title">{TITLES_OF_PAGES[page] ?? titleOf(storage.kind)}</h1>
        {TITLES_OF_PAGES[page] === undefined && (
          <p className="selectable break" role="status">
            {storage.sentence}
          </p>
        )}
        <Refusal>{refusal}</Refusal>
        {storage.waiting !== null && page === 'ways' && (
          <Notice
            level="information"
            title={`The backup of ${dateOf(storage.waiting.createdAt)} is ready`}
            action={
              <Button size={28} disabled={busy} onPress={() => void send('backup.forget', {})}>
                Do not restore it
              </Button>
            }
          >
            {containedIn(storage.waiting)}. It is restored as soon as you choose how to protect the data here.
          </Notice>
        )}
        {page === 'ways' && storage.kind === 'moved' && sharedVault.kind === 'waiting' && (
          <Suspense fallback={null}>
            <Waiting view={sharedVault} />
          </Suspense>
        )}
        {page === 'join' && (
          <Suspense fallback={null}>
            <JoinForm onCancel={() => setPage('ways')} onDone={() => setPage('ways')} />
          </Suspense>
        )}
        {page === 'ways' && <Ways storage={storage} busy={busy} send={send} show={setPage} />}
        {page === 'begin-anew' && (
          <BeginAnew
            busy={busy}
            onCancel={() => setPage('ways')}
            onBegin={() => void send('storage.begin-anew', {})}
          />
        )}
        {page === 'renew-here' && (
          <Suspense fallback={null}>
            <RenewHere
              from={storage.ways.includes('shared-vault') ? 'shared-vault' : 'server'}
              busy={busy}
              onCancel={() => setPage('ways')}
              onRenew={() => void send('storage.renew-here', {})}
            />
          </Suspense>
        )}
        {page === 'restore' && (
          <div>
            <RestoreSteps
              replaces={
                storage.kind === 'other-cloud' || storage.ways.includes('renew-here')
                  ? 'The service apps stored here will be replaced. A copy is kept in the data folder.'
                  : storage.ways.includes('set-passphrase')
                    ? 'Nothing is replaced: no service apps are stored here yet.'
                    : 'The data file that cannot be opened is kept in the data folder under another name.'
              }
              onCancel={() => setPage('ways')}
              onRestored={() => setPage('ways')}
            />
          </div>
        )}
        <p className="quiet small selectable break">
          <Path>{app.dataFolder}</Path>
        </p>
      </section>
    </main>
  )
}

interface WaysProps {
  readonly storage: Closed
  readonly busy: boolean
  readonly send: <R extends Request>(request: R, input: Input<R>) => Promise<void>
  readonly show: (page: Page) => void
}

function Ways({ storage, busy, send, show }: WaysProps) {
  const { kind, ways, waiting, clouds } = storage
  const { sharedVault } = useView()
  const has = (way: StorageWay) => ways.includes(way)
  const takesPassphrase = has('set-passphrase') || has('enter-passphrase')
  const recommended = clouds.find((choice) => choice.recommended) ?? null
  const best = recommended === null ? ways[0] : null
  return (
    <>
      {takesPassphrase && (
        <PassphraseForm
          words={has('set-passphrase') ? 'set' : 'enter'}
          busy={busy}
          primary={best === 'set-passphrase' || best === 'enter-passphrase'}
          onSend={(passphrase) => void send('storage.passphrase', { passphrase })}
        />
      )}
      <div className={styles.buttons}>
        {clouds.map((choice) => (
          <Button
            key={choice.baseUrl}
            kind={choice === recommended ? 'primary' : 'secondary'}
            disabled={busy}
            onPress={() => void send('storage.choose-cloud', { baseUrl: choice.baseUrl })}
          >
            {`${choice.does === 'use' ? 'Use' : 'Confirm'} ${choice.baseUrl}`}
          </Button>
        ))}
        {has('shared-vault') && kind === 'moving' && sharedVault.kind === 'waiting' && (
          <Button kind="primary" disabled={busy} onPress={() => void send('shared-vault.go-on', {})}>
            Continue the move
          </Button>
        )}
        {has('shared-vault') && sharedVault.kind === 'none' && (
          <Button kind="primary" disabled={busy} onPress={() => show('join')}>
            Join a shared vault…
          </Button>
        )}
        {has('unlock-keyring') && (
          <Button
            kind={best === 'unlock-keyring' ? 'primary' : 'secondary'}
            icon="key"
            disabled={busy}
            onPress={() => void send('storage.unlock-keyring', {})}
          >
            Unlock the keyring…
          </Button>
        )}
        {has('restart') && (
          <Button
            kind={best === 'restart' ? 'primary' : 'secondary'}
            icon="refresh"
            disabled={busy}
            onPress={() => void send('app.restart', {})}
          >
            Restart the app
          </Button>
        )}
        {has('accept-weak') && (
          <Button disabled={busy} onPress={() => void send('storage.accept-weak', {})}>
            Store unprotected
          </Button>
        )}
        {has('renew-here') && (
          <Button disabled={busy} onPress={() => show('renew-here')}>
            Renew here again
          </Button>
        )}
        {has('restore') && waiting === null && (
          <Button
            kind={best === 'restore' ? 'primary' : 'secondary'}
            disabled={busy}
            onPress={() => show('restore')}
          >
            Restore a backup…
          </Button>
        )}
        {has('begin-anew') && (
          <Button
            disabled={busy}
            onPress={() =>
              kind === 'moved-aside' ? void send('storage.begin-anew', {}) : show('begin-anew')
            }
          >
            {kind === 'moved-aside' ? 'Start with an empty list' : 'Start with an empty list…'}
          </Button>
        )}
        {has('retry') && (
          <Button
            kind={best === 'retry' ? 'primary' : 'secondary'}
            disabled={busy}
            onPress={() => void send('storage.retry', {})}
          >
            Try again
          </Button>
        )}
        {has('quit') && (
          <Button
            kind={best === 'quit' ? 'primary' : 'secondary'}
            disabled={busy}
            onPress={() => void send('app.quit', {})}
          >
            Quit
          </Button>
        )}
        <Button kind="quiet" onPress={() => void send('app.open-link', { link: 'data-folder' })}>
          Open data folder
        </Button>
      </div>
    </>
  )
}

interface BeginAnewProps {
  readonly busy: boolean
  readonly onCancel: () => void
  readonly onBegin: () => void
}

function BeginAnew({ busy, onCancel, onBegin }: BeginAnewProps) {
  return (
    <>
      <Notice level="warning" title="Start with an empty list?">
        The data file is kept in the data folder under another name and can still be opened later with its
        passphrase or keychain. Its tokens are not renewed until then.
      </Notice>
      <div className={styles.buttons}>
        <Button onPress={onCancel} disabled={busy}>
          Go back
        </Button>
        <Button kind="primary" danger onPress={onBegin} disabled={busy}>
          Start with an empty list
        </Button>
      </div>
    </>
  )
}

const titles: Readonly<Record<string, string>> = {
  'consent-needed': 'No keychain found',
  'passphrase-needed': 'Enter your passphrase',
  'passphrase-wrong': 'Enter your passphrase',
  locked: 'The keychain is locked',
  absent: 'The keychain is missing',
  'changed-backend': 'The keychain has changed',
  unreadable: 'The keychain cannot decrypt the data',
  damaged: 'The data file is damaged',
  'moved-aside': 'The data file could not be opened',
  taken: 'Already running',
  'other-cloud': 'Which Webex cloud?',
  moved: 'Moved: not renewed here',
  moving: 'The move was interrupted',
  restored: 'Waiting for a confirmation',
  'too-new': 'The data is from a newer version',
  'not-writable': 'The data folder cannot be written',
}

const titleOf = (kind: string) => titles[kind] ?? 'The data cannot be opened'

interface PassphraseProps {
  readonly words: 'set' | 'enter'
  readonly busy: boolean
  /** The best way on; otherwise one of several. */
  readonly primary: boolean
  readonly onSend: (passphrase: string) => void
}

/** A new passphrase is typed twice, an existing one once; both are gone from the page once they are sent. */
function PassphraseForm({ words, busy, primary, onSend }: PassphraseProps) {
  const form = useRef<HTMLFormElement>(null)
  const fresh = useNewPassphrase(
    'Passphrase',
    'It cannot be recovered. Without it, the stored tokens are lost.',
    'vault',
  )
  const existing = usePassphraseField('Passphrase')
  const [sent, setSent] = useState(0)
  const setting = words === 'set'

  // At first, and after each try.
  useEffect(() => {
    if (primary && !busy && sent >= 0) form.current?.querySelector('input')?.focus()
  }, [primary, busy, sent])

  const send = () => {
    const text = setting ? fresh.read() : existing.read()
    if (text === null) return
    onSend(text)
    fresh.clear()
    existing.clear()
    setSent(sent + 1)
  }

  return (
    <Form ref={form} className={`${layout.form} ${styles.passphrase}`} onSend={send}>
      {setting ? fresh.fields : existing.field}
      <Button kind={primary ? 'primary' : 'secondary'} submit disabled={busy}>
        {setting ? 'Protect with a passphrase' : 'Unlock'}
      </Button>
    </Form>
  )
}
