// What an error page of Webex means while the integration is authorized: such a page does not lead back to the app.
import { Notice } from '#renderer/components/notice.tsx'
import styles from './connect-dialog.module.css'
import { REQUIRED_SCOPE } from './integration-remarks.ts'

export function WebexErrorPage({ redirectUri }: { readonly redirectUri: string }) {
  return (
    <Notice level="information" title="Does the browser show an error page?">
      <ul className={styles.causes}>
        <li>
          Redirect URI: the integration must list exactly <code>{redirectUri}</code>, without a slash at the
          end and not with 127.0.0.1.
        </li>
        <li>Client ID: it must be the integration's, not a service app's.</li>
        <li>
          Scope: <code>{REQUIRED_SCOPE}</code> must be selected in the integration and saved.
        </li>
        <li>Blocked or not permitted: an administrator can allow integrations in Control Hub under Apps.</li>
      </ul>
    </Notice>
  )
}
