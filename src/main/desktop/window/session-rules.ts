// Session rules: what no page of the app may do, for every web contents it will ever have.
import { app, type Session, type WebContents } from 'electron'
import { APP_ORIGIN, requestedPath } from './app-files.ts'

export interface RuleOptions {
  readonly session: Session
  /** Something was refused: an event name and fields for the log. */
  readonly refused: (event: string, fields: Readonly<Record<string, unknown>>) => void
  /** electron-vite's ELECTRON_RENDERER_URL: the page may use the web socket of that server and nothing else of it. */
  readonly devServer?: string | null
}

/** Must run before the first window. */
export function applySessionRules(parts: RuleOptions): void {
  const { session, refused } = parts
  const socket = parts.devServer == null || app.isPackaged ? null : `ws://${new URL(parts.devServer).host}/`
  restrictSession(session, refused, socket)
  app.on('certificate-error', (_event, _contents, _url, _error, _certificate, answer) => answer(false))
  app.on('web-contents-created', (_event, contents) => guard(contents, refused))
}

/** The rules of one session. `devSocket`: the one web socket that a page of it may use. */
export function restrictSession(
  session: Session,
  refused: RuleOptions['refused'],
  devSocket: string | null,
): void {
  session.setPermissionRequestHandler((_contents, permission, answer) => {
    refused('page.permission-refused', { permission })
    answer(false)
  })
  session.setPermissionCheckHandler(() => false)
  session.setDevicePermissionHandler(() => false)
  session.setDisplayMediaRequestHandler((_request, answer) => answer({}))
  session.on('will-download', (event) => {
    event.preventDefault()
    refused('page.download-refused', {})
  })
  session.setSpellCheckerEnabled(false)
  // The content security policy says the same; this holds even for a page that came without one.
  session.webRequest.onBeforeRequest((details, answer) => {
    const fromPage = details.webContentsId !== undefined
    const cancel = fromPage && !mayLoad(details.url, devSocket)
    if (cancel) refused('page.request-refused', { scheme: schemeOf(details.url), type: details.resourceType })
    answer({ cancel })
  })
}

function guard(contents: WebContents, refused: RuleOptions['refused']): void {
  contents.setWindowOpenHandler(() => {
    refused('page.window-refused', {})
    return { action: 'deny' }
  })
  // The first covers frames too and comes first; the second is there for a runtime that has only it.
  const navigation = (event: { preventDefault(): void; url: string; isMainFrame: boolean }) => {
    if (event.isMainFrame && isOurs(event.url)) return
    event.preventDefault()
    refused('page.navigation-refused', { scheme: schemeOf(event.url) })
  }
  contents.on('will-frame-navigate', navigation)
  contents.on('will-navigate', navigation)
  contents.on('will-redirect', (event) => {
    event.preventDefault()
    refused('page.redirect-refused', { scheme: schemeOf(event.url) })
  })
  contents.on('will-attach-webview', (event) => {
    event.preventDefault()
    refused('page.webview-refused', {})
  })
  contents.on('select-bluetooth-device', (event, _devices, answer) => {
    event.preventDefault()
    answer('')
  })
}

/** A reload of our own page is the one navigation there is. */
function isOurs(url: string): boolean {
  return requestedPath(url) === 'index.html'
}

function mayLoad(url: string, devSocket: string | null): boolean {
  if (url.startsWith(`${APP_ORIGIN}/`) || url.startsWith('data:') || url.startsWith('devtools:')) return true
  return devSocket !== null && url.startsWith(devSocket)
}

/** Only the scheme is logged: an address may carry anything. */
function schemeOf(url: string): string {
  return URL.canParse(url) ? new URL(url).protocol : 'unreadable'
}
