// Updates of the app: whether there is a newer version, its download, and its installation on the person's word.
import { useEffect, useRef } from 'react'
import type { RequestName, UpdatesView } from '#contract/contract.ts'
import { useAsk, useNow, useToaster, useView } from '#renderer/app/context.tsx'
import { Button } from '#renderer/components/button.tsx'
import { Toggle } from '#renderer/components/choice.tsx'
import { Notice } from '#renderer/components/notice.tsx'
import { ProgressBar } from '#renderer/components/progress-bar.tsx'
import { CopyText } from '#renderer/features/shared/copy-text.tsx'
import { relative } from '#renderer/features/shared/moments.ts'
import { useSave } from './saving.tsx'
import styles from './sections.module.css'

type Step = UpdatesView['step']
type UpdateRequest = Extract<RequestName, `updates.${string}`>

const DAILY = 'Check for updates daily'

export function Updates({ updates }: { readonly updates: UpdatesView }) {
  const { settings } = useView()
  const { step, version, problem, host } = updates
  const ask = useAsk()
  const save = useSave()
  const toaster = useToaster()
  const request = async (name: UpdateRequest) => {
    const reply = await ask(name, {})
    if (!reply.ok) toaster.say({ level: 'critical', text: reply.error.message })
  }
  const canCheck = step === 'none' || step === 'newest' || step === 'available'
  return (
    <div className={styles.updates}>
      {version !== null && (
        <NewerVersion updates={updates} version={version} request={(name) => void request(name)} />
      )}
      {problem !== null && (
        <Notice level="warning" alert>
          {problem}
        </Notice>
      )}
      <div className={styles.check}>
        <Button disabled={!canCheck} onPress={() => void request('updates.check')}>
          Check for updates
        </Button>
        <span role="status" className="quiet small">
          <Checked updates={updates} />
        </span>
      </div>
      <Toggle
        label={DAILY}
        checked={settings.checkForUpdates}
        onChange={(checkForUpdates) => save(DAILY, { checkForUpdates })}
        hint={`Requests the newest version from ${host}. Nothing about you or this computer is sent.`}
      />
    </div>
  )
}

function Checked({ updates: { step, checkedAt, problem } }: { readonly updates: UpdatesView }) {
  const ago = useNow((now) => (checkedAt === null ? '' : relative(checkedAt, now)))
  if (step === 'checking') return 'Checking…'
  if (checkedAt === null) return problem === null ? 'Not checked yet.' : ''
  return step === 'newest' && problem === null
    ? `This is the newest version. Checked ${ago}.`
    : `Last checked ${ago}.`
}

const titles: Readonly<Record<Exclude<Step, 'none' | 'newest'>, (version: string) => string>> = {
  checking: (version) => `Version ${version} is available`,
  available: (version) => `Version ${version} is available`,
  downloading: (version) => `Downloading version ${version}`,
  downloaded: (version) => `Version ${version} is ready to install`,
  installing: (version) => `Installing version ${version}`,
  installed: (version) => `Version ${version} is installed`,
}

interface NewerVersionProps {
  readonly updates: UpdatesView
  readonly version: string
  readonly request: (name: UpdateRequest) => void
}

function NewerVersion({ updates, version, request }: NewerVersionProps) {
  const { step } = updates
  const whole = useRef<HTMLDivElement>(null)
  // The button that was pressed is gone: whoever had the focus on it goes on from here.
  useEffect(() => {
    const isLost = step !== 'checking' && step !== 'available' && document.activeElement === document.body
    if (isLost) whole.current?.focus({ preventScroll: true })
  }, [step])
  if (step === 'none' || step === 'newest') return null
  return (
    <div ref={whole} tabIndex={-1} className={styles.newer}>
      <Notice level="information" title={titles[step](version)} action={actionOf(updates, request)}>
        <Details updates={updates} onCancel={() => request('updates.cancel')} />
      </Notice>
    </div>
  )
}

function actionOf({ step, upgrade }: UpdatesView, request: NewerVersionProps['request']) {
  if ((step === 'available' || step === 'checking') && upgrade === null)
    return (
      <Button
        key="download"
        kind="primary"
        disabled={step === 'checking'}
        onPress={() => request('updates.download')}
      >
        Download
      </Button>
    )
  if (step === 'downloaded')
    return (
      <Button key="install" kind="primary" onPress={() => request('updates.install')}>
        Install and restart
      </Button>
    )
  return null
}

function Details({ updates, onCancel }: { readonly updates: UpdatesView; readonly onCancel: () => void }) {
  const { step, upgrade, percent, size } = updates
  const megabytes = `${Math.max(1, Math.round(size / 1_000_000)).toLocaleString()} MB`
  if (step === 'downloading')
    return (
      <div className={styles.download}>
        <ProgressBar label="Downloaded" done={percent} total={100} />
        <span className="quiet small figures">
          {percent} % of {megabytes}
        </span>
        <Button size={28} onPress={onCancel}>
          Cancel
        </Button>
      </div>
    )
  if (step === 'downloaded')
    return 'The app restarts. Renewals under way end first, and this version is kept until the new one has started.'
  if (step === 'installing') return 'Renewals under way end first.'
  if (step === 'installed') return 'It starts as soon as this version has ended.'
  if (upgrade === null) return `${megabytes}. Nothing is installed without your confirmation.`
  if (upgrade.command === null) return 'Download the new archive and unpack it in place of this one.'
  return (
    <>
      Upgrade with your package manager, also while the app runs:
      <div className={styles.command}>
        <span className="mono selectable break">{upgrade.command}</span>
        <CopyText text={upgrade.command} label="Copy upgrade command" said="Command copied." />
      </div>
    </>
  )
}
