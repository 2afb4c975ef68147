// The proxy in use, its sign-in, and a test of the way to Webex. It is changed in a dialog.
import { useEffect, useState } from 'react'
import type { ProxyView } from '#contract/settings.ts'
import { useAsk, useToaster, useView } from '#renderer/app/context.tsx'
import { useDialogs } from '#renderer/app/dialog-context.tsx'
import { forgetPart, useRoute } from '#renderer/app/route.ts'
import { Button, FormButtons } from '#renderer/components/button.tsx'
import layout from '#renderer/components/layout.module.css'
import { Notice } from '#renderer/components/notice.tsx'
import { Card } from './card.tsx'
import { proxyHints, proxyModes } from './proxy-dialog.tsx'

export function ProxyCard() {
  const { proxy } = useView()
  const ask = useAsk()
  const toaster = useToaster()
  const { open } = useDialogs()
  const route = useRoute()
  const isWanted = route.screen === 'settings' && route.part === 'proxy'
  const [isTesting, setTesting] = useState(false)

  useEffect(() => {
    if (!isWanted) return
    open({ kind: 'change-proxy', atSignIn: true })
    forgetPart('webex')
  }, [isWanted, open])

  const test = async () => {
    if (isTesting) return
    setTesting(true)
    const reply = await ask('proxy.test', {})
    setTesting(false)
    if (!reply.ok) return toaster.say({ level: 'critical', text: reply.error.message })
    const { reached, sentence } = reply.value
    toaster.say({ level: reached ? 'success' : 'warning', text: sentence })
  }

  const { proxyMode, proxyAddress, proxyBypass, signIn } = proxy
  return (
    <Card title="Proxy">
      <dl className={layout.values}>
        <dt>Proxy</dt>
        <dd>{proxyModes[proxyMode]}</dd>
        {proxyMode === 'manual' && (
          <>
            <dt>Proxy address</dt>
            <dd className="mono break">{proxyAddress}</dd>
            {proxyBypass !== '' && (
              <>
                <dt>No proxy for</dt>
                <dd className="mono break">{proxyBypass}</dd>
              </>
            )}
          </>
        )}
      </dl>
      <p className="quiet small">{proxyHints[proxyMode]}</p>
      {signIn !== null && <SavedSignIn signIn={signIn} />}
      <FormButtons>
        <Button onPress={() => open({ kind: 'change-proxy', atSignIn: false })}>Change proxy…</Button>
        <Button onPress={() => void test()} disabled={isTesting}>
          Test connection
        </Button>
      </FormButtons>
    </Card>
  )
}

function SavedSignIn({ signIn }: { readonly signIn: NonNullable<ProxyView['signIn']> }) {
  const { open } = useDialogs()
  return (
    <Notice
      level={signIn.rejected ? 'warning' : 'information'}
      title={signIn.rejected ? 'The proxy rejected this sign-in' : 'Sign-in saved'}
      action={
        <Button size={28} onPress={() => open({ kind: 'remove-sign-in', proxy: signIn.proxy })}>
          Remove sign-in…
        </Button>
      }
    >
      <span className="mono whole">{signIn.proxy}</span>
      {signIn.rejected && (
        <p>
          It is no longer sent automatically, since repeated attempts could lock the account. Enter the
          current password.
        </p>
      )}
    </Notice>
  )
}
