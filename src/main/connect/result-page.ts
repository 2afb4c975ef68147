// Result page, the last one in the browser: static text, own style, no script, nothing of the request in it.
import { createHash } from 'node:crypto'

export type PageKind = 'answered' | 'declined' | 'unexpected'

export interface Page {
  readonly html: string
  readonly headers: Readonly<Record<string, string>>
}

const WORDS: Readonly<Record<PageKind, { readonly title: string; readonly text: string }>> = {
  answered: {
    title: 'Authorization finished',
    text: 'You can close this page. The app shows the result.',
  },
  declined: {
    title: 'The integration was not authorized',
    text: 'You can close this page. The app shows the reason and what to do.',
  },
  unexpected: {
    title: 'Nothing to do here',
    text: 'This address is only used for an authorization that was started in Service App Token Manager. Nothing was changed. You can close this page.',
  },
}

const STYLE = `
:root { color-scheme: light dark; --ground: #fff; --ink: #1a1a1a; --edge: #c7c7c7; }
@media (prefers-color-scheme: dark) { :root { --ground: #1a1a1a; --ink: #f2f2f2; --edge: #5c5c5c; } }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--ground); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
main { box-sizing: border-box; max-width: 34rem; margin: 1rem; padding: 2rem; border: 1px solid var(--edge); border-radius: .75rem; }
h1 { margin: 0 0 .75rem; font-size: 1.375rem; line-height: 1.3; }
p { margin: 0; }
`

/** A page and the headers it must be served with. */
export function page(kind: PageKind): Page {
  const { title, text } = WORDS[kind]
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} – Service App Token Manager</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p>${text}</p>
</main>
</body>
</html>
`
  return { html, headers: { ...guardHeaders(), 'content-type': 'text/html; charset=utf-8' } }
}

/** On every answer of the loopback: nothing is kept, passed on, framed or run. */
export function guardHeaders(): Readonly<Record<string, string>> {
  const style = createHash('sha256').update(STYLE, 'utf8').digest('base64')
  return {
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'content-security-policy': `default-src 'none'; style-src 'sha256-${style}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  }
}
