// Webex cloud and proxy: which Webex, the port its browser page comes back to, and the proxy on the way there.
import { cloudOf, SETTINGS } from '#contract/settings.ts'
import { useView } from '#renderer/app/context.tsx'
import { useDialogs } from '#renderer/app/dialog-context.tsx'
import { Button } from '#renderer/components/button.tsx'
import { NumberField } from '#renderer/components/field.tsx'
import layout from '#renderer/components/layout.module.css'
import { Notice } from '#renderer/components/notice.tsx'
import { Card } from './card.tsx'
import { cloudNames, GovernmentNotice } from './cloud-dialog.tsx'
import { ProxyCard } from './proxy-card.tsx'
import { useSaveField } from './saving.tsx'

const PORT = 'Redirect port'

export function CloudSection() {
  const { settings, app } = useView()
  const { open } = useDialogs()
  const saveField = useSaveField()
  const cloud = cloudOf(settings.baseUrl)
  return (
    <>
      <Card title="Webex cloud">
        {settings.baseUrlLocked ? (
          <Notice
            level="information"
            title={app.simulated ? 'Simulated Webex' : 'Set by SATM_WEBEX_BASE_URL'}
          >
            <span className="mono">{settings.baseUrl}</span>
            <p className="quiet">
              {app.simulated
                ? 'The demo uses its own simulated Webex.'
                : 'To change it, start the app without this variable.'}
            </p>
          </Notice>
        ) : (
          <>
            <dl className={layout.values}>
              <dt>Cloud</dt>
              <dd>
                <span>
                  {cloudNames[cloud]}
                  <br />
                  <span className="mono break quiet">{settings.baseUrl}</span>
                </span>
                <Button size={28} onPress={() => open({ kind: 'change-cloud' })}>
                  Change cloud…
                </Button>
              </dd>
            </dl>
            {cloud === 'government' && <GovernmentNotice />}
          </>
        )}
        <NumberField
          label={PORT}
          name="redirectPort"
          value={settings.redirectPort}
          range={SETTINGS.redirectPort}
          hint={
            <>
              The integration's redirect URI must then be <code>{settings.redirectUri}</code>
            </>
          }
          onSave={(redirectPort) => saveField(PORT, { redirectPort })}
        />
      </Card>
      <ProxyCard />
    </>
  )
}
