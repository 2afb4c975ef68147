// The frame of the simulator's few pages: one style, no script, nothing loaded, never framed.
import { createHash } from 'node:crypto'

export type Page = { readonly text: string; readonly headers: Record<string, string> }

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; }
main { max-width: 30rem; margin: 1rem; padding: 1.5rem 2rem; border: 1px solid; border-radius: 1rem; overflow-wrap: anywhere; }
.badge { display: inline-block; margin: 0; padding: 0 .75rem; border: 1px solid; border-radius: 1rem; font-size: .875rem; }
form { display: flex; gap: 1rem; margin-top: 1.5rem; }
button { font: inherit; padding: .5rem 1.5rem; border-radius: 1.5rem; border: 1px solid #0353a8; background: #fff; color: #0353a8; }
button.accept { background: #0353a8; color: #fff; }
pre { white-space: pre-wrap; padding: .75rem; border: 1px solid; border-radius: .5rem; font-size: .875rem; }
button:focus-visible, pre:focus-visible { outline: 3px solid; outline-offset: 2px; }
`

/** `formAction` are the sources a form's submission may reach, redirects included (CSP form-action). */
export function makePage(title: string, body: string, formAction: string): Page {
  const styleHash = createHash('sha256').update(STYLE).digest('base64')
  const policy = [
    "default-src 'none'",
    `style-src 'sha256-${styleHash}'`,
    `form-action ${formAction}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ]
  return {
    text: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title} – Simulated Webex</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<p class="badge">Simulated Webex</p>
${body}
</main>
</body>
</html>
`,
    headers: {
      'Content-Security-Policy': policy.join('; '),
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
      'Cache-Control': 'no-store',
    },
  }
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
