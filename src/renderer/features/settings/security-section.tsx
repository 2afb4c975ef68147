// What protects the data on this computer, said honestly; the passphrase, and the lock it opens.
import { SETTINGS } from '#contract/settings.ts'
import { useAsk, useView } from '#renderer/app/context.tsx'
import { useDialogs } from '#renderer/app/dialog-context.tsx'
import { Button } from '#renderer/components/button.tsx'
import { Choice, Toggle } from '#renderer/components/choice.tsx'
import layout from '#renderer/components/layout.module.css'
import { Notice } from '#renderer/components/notice.tsx'
import { Section, useSave } from './section.tsx'
import styles from './sections.module.css'

const titles = {
  protected: 'Protected by the keychain',
  passphrase: 'Protected by your passphrase',
  weak: 'Weak storage',
  closed: 'Not open',
} as const

const minutes = SETTINGS.lockAfterMinutes.choices

const COUNTS_FROM_WINDOW =
  ' This desktop does not report how long you have been away, so the time counts from your last use of this window.'

export function SecuritySection() {
  const { storage } = useView()
  const { open } = useDialogs()
  const hasPassphrase = storage.level !== 'closed' && storage.hasPassphrase
  const safe = storage.level === 'protected' || storage.level === 'passphrase'
  const besides = storage.level === 'protected' && hasPassphrase
  return (
    <Section title="Security">
      <Notice
        level={safe ? 'success' : 'warning'}
        title={besides ? 'Protected by the keychain and a passphrase' : titles[storage.level]}
      >
        {storage.sentence}
      </Notice>
      <dl className={`${layout.values} ${styles.protection}`}>
        {storage.level !== 'closed' && (
          <>
            <dt>Keychain</dt>
            <dd className="mono">{storage.level === 'passphrase' ? 'not used' : storage.backend}</dd>
          </>
        )}
        <dt>Passphrase</dt>
        <dd>
          <span>
            {hasPassphrase
              ? besides
                ? 'Set, beside the keychain'
                : 'Set, asked for at every start'
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
      {hasPassphrase ? (
        <LockChoice />
      ) : (
        <p className="quiet small">
          With a passphrase the window can also lock itself while you are away; tokens go on being renewed.
        </p>
      )}
    </Section>
  )
}

function LockChoice() {
  const { settings, app } = useView()
  const ask = useAsk()
  const save = useSave()
  const idle = settings.lockAfterMinutes > 0 && app.idleCountsFrom === 'window' ? COUNTS_FROM_WINDOW : ''
  return (
    <div className={styles.lock}>
      <Choice
        label="Lock the window when idle for"
        name="lockAfterMinutes"
        value={String(settings.lockAfterMinutes)}
        options={minutes.map((one) => [String(one), one === 0 ? 'Off' : `${one} minutes`] as const)}
        onChange={(chosen) => {
          const lockAfterMinutes = minutes.find((one) => String(one) === chosen)
          if (lockAfterMinutes !== undefined) void save({ lockAfterMinutes })
        }}
        hint={`Also at start. A locked window is still locked after a restart. Tokens go on being renewed.${idle}`}
      />
      <Toggle
        label="Lock the window with the screen"
        checked={settings.lockWithScreen}
        onChange={(lockWithScreen) => void save({ lockWithScreen })}
        hint="Also when the computer goes to sleep."
      />
      <Button size={28} onPress={() => void ask('lock.now', {})}>
        Lock now
      </Button>
    </div>
  )
}
