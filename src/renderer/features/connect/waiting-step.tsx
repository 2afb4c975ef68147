// The wait for the browser, with its clock; or the paste way where the port is taken.
import { useEffect, useRef, useState } from 'react'
import { clock } from '#base/common/duration.ts'
import type { ConnectView, RequestError } from '#contract/contract.ts'
import { useAsk, useNow, useToaster } from '#renderer/app/context.tsx'
import { Button, FormButtons } from '#renderer/components/button.tsx'
import { Field } from '#renderer/components/field.tsx'
import { Form, textOf } from '#renderer/components/form.tsx'
import layout from '#renderer/components/layout.module.css'
import { Notice } from '#renderer/components/notice.tsx'
import { TrackingId } from '#renderer/features/shared/copy-text.tsx'
import styles from './connect-dialog.module.css'
import { WebexErrorPage } from './webex-error-page.tsx'

type Waiting = Extract<ConnectView, { kind: 'waiting' }>
type Flow = Waiting | Extract<ConnectView, { kind: 'exchanging' }> | { readonly kind: 'starting' }

export function WaitingStep({
  connect,
  onCancel,
}: {
  readonly connect: Flow
  readonly onCancel: () => void
}) {
  const ask = useAsk()
  const toaster = useToaster()
  // How often the person wished to paste.
  const [wished, setWished] = useState(0)
  const taken = connect.kind === 'waiting' && !connect.listening
  const pasting = taken || (connect.kind === 'waiting' && connect.problem === 'browser-uses-https')

  const copyUrl = async () => {
    const reply = await ask('connect.copy-url', {})
    toaster.tell(reply, 'Authorization URL copied.', 'warning')
  }

  return (
    <div className={layout.form}>
      {taken ? <Manual connect={connect} /> : <Progress connect={connect} />}
      <div className={styles.ways}>
        <Button disabled={connect.kind !== 'waiting'} onPress={() => void copyUrl()}>
          Copy authorization URL
        </Button>
        <Button kind="quiet" disabled={connect.kind !== 'waiting'} onPress={() => setWished(wished + 1)}>
          Paste the redirected URL instead
        </Button>
      </div>
      {connect.kind === 'waiting' && (pasting || wished > 0) && <PasteForm wished={wished} />}
      {connect.kind === 'waiting' && <LateHelp connect={connect} />}
      <FormButtons>
        <span className="spring" />
        <Button onPress={onCancel}>Cancel</Button>
      </FormButtons>
    </div>
  )
}

function Progress({ connect }: { readonly connect: Flow }) {
  const exchanging = connect.kind === 'exchanging'
  return (
    <div className={styles.picture} role="status">
      <span className={styles.spinner} aria-hidden="true" />
      <h3>{exchanging ? 'Getting the tokens…' : 'Waiting for you to authorize in the browser'}</h3>
      <p className="quiet">
        {exchanging
          ? 'Authorized. The app is requesting the tokens from Webex.'
          : 'Sign in as a full admin and accept. You can close the page afterwards.'}
      </p>
      {connect.kind === 'waiting' && connect.problem === 'no-browser' && (
        <Notice level="warning">
          No browser could be opened. Copy the authorization URL and open it in a browser.
        </Notice>
      )}
      {connect.kind === 'waiting' && connect.problem === 'browser-uses-https' && (
        <Notice level="warning" title="The browser used https" alert>
          <p>
            The browser changed http to https for localhost, so the page does not load. If you have
            authorized, copy the address of that page and paste it here. To avoid this, allow http for
            localhost in the browser (HTTPS-only mode, or a site that set HSTS for localhost).
          </p>
        </Notice>
      )}
      {connect.kind === 'waiting' && connect.hint !== null && (
        <Notice level="warning" alert>
          <p>{connect.hint}</p>
        </Notice>
      )}
      {connect.kind === 'waiting' && <Clock since={connect.since} expiresAt={connect.expiresAt} />}
    </div>
  )
}

function Clock({ since, expiresAt }: { readonly since: number; readonly expiresAt: number }) {
  const left = useNow((now) => clock(Math.min(expiresAt - now, expiresAt - since)))
  return (
    <p className={`${styles.clock} figures`} role="timer" aria-live="off" aria-label="Time left to authorize">
      {left}
    </p>
  )
}

/** ms; whoever has not come back by then may be looking at an error page. */
const LATE = 60_000

function LateHelp({ connect: { since, redirectUri } }: { readonly connect: Waiting }) {
  const isLate = useNow((now) => now - since >= LATE)
  return isLate ? <WebexErrorPage redirectUri={redirectUri} /> : null
}

function Manual({ connect }: { readonly connect: Waiting }) {
  const { title, sentence } = problemWords(connect)
  return (
    <>
      <Notice level="warning" title={title} alert>
        <p>{sentence}</p>
      </Notice>
      <ol className={styles.manual}>
        <li>Copy the authorization URL and open it in your browser.</li>
        <li>
          Authorize. The browser then shows a page that cannot be reached, or one of another program. The code
          in its address is useless without the secrets stored in this app.
        </li>
        <li>Copy the address of that page and paste it here.</li>
      </ol>
      <Clock since={connect.since} expiresAt={connect.expiresAt} />
    </>
  )
}

function problemWords({ problem, portTakenBy, redirectUri }: Waiting): {
  readonly title: string
  readonly sentence: string
} {
  const port = new URL(redirectUri).port || '80'
  switch (problem) {
    case 'port-not-allowed':
      return {
        title: `Port ${port} is not allowed`,
        sentence:
          'Low ports are for administrators, so no browser was opened. Set another redirect port and start again, or continue manually:',
      }
    case 'port-reserved':
      return {
        title: `Port ${port} is reserved by Windows`,
        sentence:
          'No program uses it, but it is in a range reserved by Windows (Hyper-V, WSL, Docker), so no browser was opened. “netsh interface ipv4 show excludedportrange protocol=tcp” shows the ranges. Set another redirect port under Advanced, add its redirect URI to the integration, and start again. Or continue manually:',
      }
    case 'localhost-leads-elsewhere':
      return {
        title: 'localhost does not lead to this app',
        sentence:
          'Another program or a proxy answers for localhost, so no browser was opened. Continue manually:',
      }
    case 'command-line':
      return {
        title: 'Started at the command line',
        sentence:
          'satm connect is waiting for the redirected URL. Finish there, or continue here. Cancel ends it there as well.',
      }
    case 'port-taken':
    case 'no-browser':
    case 'browser-uses-https':
    case null:
      return {
        title: `Port ${port} is taken`,
        sentence: `${portTakenBy ?? 'Another program'} is using it, so no browser was opened. Close that program or set another redirect port, and start again. Or continue manually:`,
      }
  }
}

/** Takes the focus with each wish to paste. */
function PasteForm({ wished }: { readonly wished: number }) {
  const ask = useAsk()
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => {
    if (wished > 0) form.current?.querySelector('input')?.focus()
  }, [wished])
  const [refusal, setRefusal] = useState<RequestError | null>(null)

  const send = async () => {
    const url = textOf(form.current, 'url')
    if (url === '') return setRefusal({ code: 'invalid', message: 'Paste the address of the page.' })
    const reply = await ask('connect.paste-url', { url })
    if (!reply.ok) return setRefusal(reply.error)
    form.current?.reset()
    setRefusal(null)
  }

  return (
    <Form ref={form} className={styles.paste} onSend={() => void send()}>
      <Field
        label="Redirected URL"
        name="url"
        mono
        placeholder="http://localhost:3000/callback?code=…&state=…"
        hint="The whole address, as the browser shows it."
        remark={refusal === null ? null : { level: 'error', sentence: refusal.message }}
      />
      {refusal?.trackingId !== undefined && <TrackingId id={refusal.trackingId} />}
      <Button kind="primary" submit>
        Continue
      </Button>
    </Form>
  )
}
