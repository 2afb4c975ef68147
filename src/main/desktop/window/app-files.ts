// Which file an app:// URL names, and the headers it is served with. Pure, so that every odd URL can be tested.
import path from 'node:path'

export const APP_SCHEME = 'app'
export const APP_HOST = 'satm'
/** The origin of the window, in development too. */
export const APP_ORIGIN = `${APP_SCHEME}://${APP_HOST}`

const MIME_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
  '.txt': 'text/plain; charset=utf-8',
}

/**
 * The path below the renderer's folder that `address` names, with `/` between its parts; null for everything that is
 * not plainly one of our own files: another host, credentials, a port, an encoded separator, `..`, a hidden file.
 */
export function requestedPath(address: string): string | null {
  if (!URL.canParse(address)) return null
  const url = new URL(address)
  if (url.protocol !== `${APP_SCHEME}:` || url.host !== APP_HOST) return null
  if (url.username !== '' || url.password !== '') return null
  const decoded = decode(url.pathname)
  if (decoded === null || /[\0\\]/.test(decoded)) return null
  const parts = (decoded === '/' || decoded === '' ? '/index.html' : decoded).slice(1).split('/')
  const plain = parts.every((part) => part !== '' && !part.startsWith('.'))
  // A drive letter or stream name (`C:`, `file::$DATA`) means something else on Windows.
  return plain && parts.every((part) => !part.includes(':')) ? parts.join('/') : null
}

/** The absolute file below `folder`; null when the joined path would leave it. */
export function fileBelow(folder: string, relative: string): string | null {
  const file = path.resolve(folder, relative)
  const back = path.relative(folder, file)
  return back === '' || back.startsWith('..') || path.isAbsolute(back) ? null : file
}

/** null for a type the window has no use for. */
export function mimeType(file: string): string | null {
  return MIME_TYPES[path.extname(file).toLowerCase()] ?? null
}

/**
 * Nothing but our own files, and no inline script. `form-action`, `base-uri` and `frame-ancestors` do not fall back
 * to `default-src` (CSP level 3), so they are named.
 */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/**
 * The dev server inlines its refresh preamble and its styles, and pushes changes over a web socket. Its script asks at
 * the page's own host first, and the server only when that connection was closed, which a refusal by policy is not.
 */
export function developmentPolicy(devServer: URL): string {
  return CONTENT_SECURITY_POLICY.replace("script-src 'self'", "script-src 'self' 'unsafe-inline'")
    .replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
    .replace("connect-src 'self'", `connect-src 'self' ws://${APP_HOST} ws://${devServer.host}`)
}

export function responseHeaders(type: string, policy: string): Readonly<Record<string, string>> {
  return {
    'Content-Type': type,
    'Content-Security-Policy': policy,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Resource-Policy': 'same-origin',
    ...(type.startsWith('text/html') ? { 'Cache-Control': 'no-store' } : {}),
  }
}

function decode(pathname: string): string | null {
  try {
    return decodeURIComponent(pathname)
  } catch {
    return null
  }
}
