import path from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  APP_ORIGIN,
  CONTENT_SECURITY_POLICY,
  developmentPolicy,
  fileBelow,
  mimeType,
  requestedPath,
  responseHeaders,
} from '#desktop/window/app-files.ts'

describe('an address means', () => {
  test.each([
    ['the start page', 'app://satm/', 'index.html'],
    ['the start page without a slash', 'app://satm', 'index.html'],
    ['a file', 'app://satm/index.html', 'index.html'],
    ['a file below', 'app://satm/assets/index-1a2b.js', 'assets/index-1a2b.js'],
    ['a file whatever the query and hash', 'app://satm/index.html?x=../y#z', 'index.html'],
    ['a file with a space', 'app://satm/a%20b.svg', 'a b.svg'],
    ['dots that end inside', 'app://satm/assets/../index.html', 'index.html'],
    ['encoded dots that end inside', 'app://satm/assets/%2e%2e/index.html', 'index.html'],
  ])('%s', (_what, address, relative) => {
    expect(requestedPath(address)).toBe(relative)
  })

  test.each([
    ['another host', 'app://other/index.html'],
    ['a host that ends like ours', 'app://x.satm/index.html'],
    ['another scheme', 'file:///etc/passwd'],
    ['a port', 'app://satm:80/index.html'],
    ['a user', 'app://me@satm/index.html'],
    ['a password', 'app://me:pw@satm/index.html'],
    ['encoded slashes upwards', 'app://satm/..%2f..%2fetc%2fpasswd'],
    ['doubly encoded dots', 'app://satm/%252e%252e/secret'],
    ['backslashes', 'app://satm/..\\..\\secret'],
    ['encoded backslashes', 'app://satm/..%5c..%5csecret'],
    ['a zero byte', 'app://satm/index.html%00.js'],
    ['a hidden file', 'app://satm/.env'],
    ['a hidden script', 'app://satm/.hidden.js'],
    ['a hidden folder', 'app://satm/.git/config.json'],
    ['an empty part', 'app://satm//etc/passwd'],
    ['a folder', 'app://satm/assets/'],
    ['a drive', 'app://satm/C:/secret'],
    ['a stream', 'app://satm/index.html::$DATA'],
    ['broken encoding', 'app://satm/%E0%A4%A'],
    ['no address', 'not an address'],
  ])('nothing: %s', (_what, address) => {
    const relative = requestedPath(address)
    const file = relative === null ? null : fileBelow('/app', relative)
    expect(file === null || mimeType(file) === null).toBe(true)
  })
})

test('a joined path never leaves the folder', () => {
  const folder = path.resolve('/srv/renderer')
  expect(fileBelow(folder, 'assets/x.js')).toBe(path.join(folder, 'assets', 'x.js'))
  for (const relative of ['../x', '/etc/passwd', '..', '', '../renderer-2/x.js']) {
    expect(fileBelow(folder, relative)).toBeNull()
  }
})

test('scripts, styles, fonts and pictures have their types, anything else has none', () => {
  expect(mimeType('a.js')).toBe('text/javascript; charset=utf-8')
  expect(mimeType('a.CSS')).toBe('text/css; charset=utf-8')
  expect(mimeType('a.woff2')).toBe('font/woff2')
  expect(mimeType('a.svg')).toBe('image/svg+xml')
  expect(mimeType('a.node')).toBeNull()
  expect(mimeType('LICENSE')).toBeNull()
})

describe('the headers', () => {
  const html = responseHeaders('text/html; charset=utf-8', CONTENT_SECURITY_POLICY)

  test('let nothing in but our own files, and no inline script', () => {
    const policy = Object.fromEntries(
      CONTENT_SECURITY_POLICY.split('; ').map((directive) => {
        const [name = '', ...sources] = directive.split(' ')
        return [name, sources.join(' ')]
      }),
    )
    expect(policy).toEqual({
      'default-src': "'none'",
      'script-src': "'self'",
      'style-src': "'self'",
      'font-src': "'self'",
      'img-src': "'self' data:",
      'connect-src': "'self'",
      'form-action': "'none'",
      'base-uri': "'none'",
      'frame-ancestors': "'none'",
    })
  })

  test('forbid guessing the type, and keep the page itself out of every cache', () => {
    expect(html).toMatchObject({ 'X-Content-Type-Options': 'nosniff', 'Cache-Control': 'no-store' })
    expect(responseHeaders('text/css; charset=utf-8', 'x')).not.toHaveProperty('Cache-Control')
  })

  test('let the page run in the process that was started for it', () => {
    // For a page with this header Chromium starts another one when the header comes, and ends the first.
    expect(html).not.toHaveProperty('Cross-Origin-Opener-Policy')
  })
})

test('in development the page may talk to its own server and to no other', () => {
  const policy = developmentPolicy(new URL('http://localhost:5173/'))
  expect(policy).toContain("connect-src 'self' ws://satm ws://localhost:5173;")
  expect(policy).toContain("default-src 'none'")
  expect(policy).not.toMatch(/\*|unsafe-eval|https:/)
})

test('the origin is the one the scheme and host make', () => {
  expect(APP_ORIGIN).toBe('app://satm')
})
