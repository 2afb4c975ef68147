// Findings that were looked at and stay, each with its reason. A finding that is not here fails the test, and so does an
// entry that is found no more.
import type { Finding } from './scan.ts'

export interface Reviewed extends Finding {
  readonly reason: string
}

const WINDOW = {
  file: 'src/main/desktop/window/page.ts',
  sample: 'const window = new BrowserWindow(windowOptions(parts, saved))',
} as const

export const baseline: readonly Reviewed[] = [
  {
    check: 'CSP_GLOBAL_CHECK',
    file: 'N/A',
    sample: '',
    reason:
      'It looks for a meta tag or a webRequest listener. The policy is a header of every answer of our own protocol (desktop/window/app-files.ts); point 7 of test/e2e/security.test.ts reads it off the running app.',
  },
  {
    check: 'OPEN_EXTERNAL_JS_CHECK',
    file: 'src/main/desktop/system/links.ts',
    sample: 'return shell.openExternal(openable)',
    reason:
      'The authorization page: https (http for this machine alone) and of the origin of the Webex base URL, checked right before by openableAddress; test/e2e/desktop-system.test.ts tries others.',
  },
  {
    check: 'OPEN_EXTERNAL_JS_CHECK',
    file: 'src/main/desktop/system/links.ts',
    sample:
      "if (link !== 'developer-portal' || simulatedBaseUrl === null) return shell.openExternal(LINKS[link])",
    reason: 'Two constant https addresses; the page names them by a word that is parsed as an enum.',
  },
  {
    check: 'PROTOCOL_HANDLER_JS_CHECK',
    file: 'src/main/desktop/window/app-protocol.ts',
    sample: 'session.protocol.registerBufferProtocol(APP_SCHEME, (request, respond) => {',
    reason:
      'It answers GET alone, with files below the built window and types of a list; fileBelow refuses every other path, which test/desktop/app-files.test.ts and point 7 of test/e2e/security.test.ts try.',
  },
  {
    check: 'CERTIFICATE_ERROR_EVENT_JS_CHECK',
    file: 'src/main/desktop/window/session-rules.ts',
    sample:
      "app.on('certificate-error', (_event, _contents, _url, _error, _certificate, answer) => answer(false))",
    reason: 'It answers false: a bad certificate is refused, always.',
  },
  {
    check: 'CERTIFICATE_VERIFY_PROC_JS_CHECK',
    file: 'src/main/desktop/system/refused-certificate.ts',
    sample:
      'session.setCertificateVerifyProc(({ hostname, certificate, verificationResult, errorCode }, answer) => {',
    reason:
      "It answers with Chromium's own verdict (-3) and keeps what was refused for the diagnostics; test/e2e/company-ca.test.ts has one refused.",
  },
  {
    check: 'AUXCLICK_JS_CHECK',
    ...WINDOW,
    reason:
      'A middle click opens nothing, since every new window is denied; point 14 of test/e2e/security.test.ts clicks.',
  },
  {
    check: 'CONTEXT_ISOLATION_JS_CHECK',
    ...WINDOW,
    reason:
      'The options come from a function it does not look into. They say contextIsolation: true; point 3 of test/e2e/security.test.ts reads what the window was made with.',
  },
  {
    check: 'SANDBOX_JS_CHECK',
    ...WINDOW,
    reason: 'As above: they say sandbox: true; point 4 of test/e2e/security.test.ts reads it.',
  },
]
