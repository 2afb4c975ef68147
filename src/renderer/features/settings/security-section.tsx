// Security: what protects the data on this computer, the passphrase and the lock it opens, and the clipboard.
import { SETTINGS } from '#contract/settings.ts'
import { useAsk, useView } from '#renderer/app/context.tsx'
import { useDialogs } from '#renderer/app/dialog-context.tsx'
import { Button, FormButtons } from '#renderer/components/button.tsx'
import { Choice, Toggle } from '#renderer/components/choice.tsx'
import layout from '#renderer/components/layout.module.css'
import { Notice } from '#renderer/components/notice.tsx'
import { Card } from './card.tsx'
import { useSave } from './saving.tsx'

const titles = {
  protected: 'Protected by the keychain',
  passphrase: 'Protected by your passphrase',
  weak: 'Weak storage',
  closed: 'Not open',
} as const

const minutes = SETTINGS.lockAfterMinutes.choices
const LOCK_AFTER = 'Lock the window when idle for'
const LOCK_WITH_SCREEN = 'Lock the window with the screen'

const NEEDS_PASSPHRASE =
  'Set a passphrase first: it unlocks the window. Tokens are renewed while it is locked.'
const COUNTS_FROM_WINDOW =
  ' This desktop does not report how long you have been away, so the time counts from your last use of this window.'

export function SecuritySection() {
  return (
    <>
      <Protection />
      <Clipboard />
    </>
  )
}

function Protection() {
  const { storage } = useView()
  const { open } = useDialogs()
  const hasPassphrase = storage.level !== 'closed' && storage.hasPassphrase
  const safe = storage.level === 'protected' || storage.level === 'passphrase'
  const besides = storage.level === 'protected' && hasPassphrase
  return (
    <Card title="Stored data">
      <Notice
        level={safe ? 'success' : 'warning'}
        title={besides ? 'Protected by the keychain and a passphrase' : titles[storage.level]}
      >
        {storage.sentence}
      </Notice>
      <dl className={layout.values}>
        <dt>Passphrase</dt>
        <dd>
          <span>
            {hasPassphrase
              ? besides
                ? 'Set: it unlocks the window, and the data where the keychain cannot'
                : 'Set, required at every start'
              : 'Not set'}
          </span>
          {hasPassphrase ? (
            <>
              <Button size={28} onPress={() => open({ kind: 'passphrase', change: 'change' })}>
                Change passphrase…
              </Button>
              <Button size={28} onPress={() => open({ kind: 'passphrase', change: 'remove' })}>
                Remove passphrase…
              </Button>
            </>
          ) : (
            <Button size={28} onPress={() => open({ kind: 'passphrase', change: 'set' })}>
              Set a passphrase…
            </Button>
          )}
        </dd>
      </dl>
      <LockChoice hasPassphrase={hasPassphrase} />
    </Card>
  )
}

/** Shown without a passphrase as well, so that it is found. */
function LockChoice({ hasPassphrase }: { readonly hasPassphrase: boolean }) {
  const { settings, app } = useView()
  const ask = useAsk()
  const save = useSave()
  const idle = settings.lockAfterMinutes > 0 && app.idleCountsFrom === 'window' ? COUNTS_FROM_WINDOW : ''
  return (
    <>
      <Choice
        label={LOCK_AFTER}
        name="lockAfterMinutes"
        value={String(settings.lockAfterMinutes)}
        options={minutes.map((one) => [String(one), one === 0 ? 'Off' : `${one} minutes`] as const)}
        onChange={(chosen) => {
          const lockAfterMinutes = minutes.find((one) => String(one) === chosen)
          if (lockAfterMinutes !== undefined) save(LOCK_AFTER, { lockAfterMinutes })
        }}
        disabled={!hasPassphrase}
        hint={
          hasPassphrase
            ? `Also at start. A locked window stays locked after a restart. Tokens are still renewed.${idle}`
            : NEEDS_PASSPHRASE
        }
      />
      <Toggle
        label={LOCK_WITH_SCREEN}
        checked={settings.lockWithScreen}
        disabled={!hasPassphrase}
        onChange={(lockWithScreen) => save(LOCK_WITH_SCREEN, { lockWithScreen })}
        hint="Also when the computer goes to sleep."
      />
      <FormButtons>
        <Button disabled={!hasPassphrase} onPress={() => void ask('lock.now', {})}>
          Lock now
        </Button>
      </FormButtons>
    </>
  )
}

const { offered, off, unit } = SETTINGS.clipboardClearSeconds
const CLEAR_AFTER = 'Clear a copied token after'

function Clipboard() {
  const { settings } = useView()
  const save = useSave()
  return (
    <Card title="Clipboard">
      <Choice
        label={CLEAR_AFTER}
        name="clipboardClearSeconds"
        value={String(settings.clipboardClearSeconds)}
        options={withCurrent(offered, settings.clipboardClearSeconds).map(
          (one) => [String(one), one === off ? 'Never' : `${one} ${unit}`] as const,
        )}
        onChange={(chosen) => save(CLEAR_AFTER, { clipboardClearSeconds: Number(chosen) })}
        hint="Only if that token is still on the clipboard."
      />
    </Card>
  )
}

const withCurrent = (choices: readonly number[], value: number) =>
  choices.includes(value) ? choices : [value, ...choices]
