// A foreign site whose page tries to reach the callback in one of the ways a page has.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { closeServer } from './sockets.ts'

const ATTACKS = {
  'an empty page': () => '',
  'an iframe': (url: string) => `<iframe src="${url}"></iframe>`,
  'a sandboxed iframe': (url: string) => `<iframe sandbox="allow-scripts" src="${url}"></iframe>`,
  'an object': (url: string) => `<object data="${url}"></object>`,
  'an image': (url: string) => `<img src="${url}" alt="">`,
  'a script': (url: string) => `<script src="${url}"></script>`,
  'a style sheet': (url: string) => `<link rel="stylesheet" href="${url}">`,
  'a prefetch': (url: string) => `<link rel="prefetch" href="${url}">`,
  fetch: (url: string) => `<script>fetch(${JSON.stringify(url)}).catch(() => {})</script>`,
  'fetch without cors': (url: string) =>
    `<script>fetch(${JSON.stringify(url)}, { mode: 'no-cors' }).catch(() => {})</script>`,
  'fetch with cookies': (url: string) =>
    `<script>fetch(${JSON.stringify(url)}, { mode: 'no-cors', credentials: 'include' }).catch(() => {})</script>`,
  'a preflight': (url: string) =>
    `<script>fetch(${JSON.stringify(url)}, { headers: { 'x-mine': '1' } }).catch(() => {})</script>`,
  POST: (url: string) =>
    `<script>fetch(${JSON.stringify(url)}, { method: 'POST', mode: 'no-cors' }).catch(() => {})</script>`,
  'a beacon': (url: string) => `<script>navigator.sendBeacon(${JSON.stringify(url)}, 'x')</script>`,
  'a form that is posted': (url: string) =>
    `<form method="post" action="${url}"></form><script>document.forms[0].submit()</script>`,
  'a new window': (url: string) => `<script>open(${JSON.stringify(url)})</script>`,
  'a link': (url: string) => `<a href="${url}">x</a><script>document.links[0].click()</script>`,
} as const

export type Attack = keyof typeof ATTACKS

export const attackerSite = {
  /** Each way, and the status it has to get. */
  attacks: [
    ['an iframe', 403],
    ['a sandboxed iframe', 403],
    ['an object', 403],
    ['an image', 403],
    ['a script', 403],
    ['a style sheet', 403],
    ['a prefetch', 403],
    ['fetch', 403],
    ['fetch without cors', 403],
    ['fetch with cookies', 403],
    ['a preflight', 405],
    ['POST', 405],
    ['a beacon', 405],
    ['a form that is posted', 405],
    ['a new window', 400],
    ['a link', 400],
  ] as const satisfies readonly (readonly [Attack, number])[],

  async serve(attack: Attack, url: string) {
    const html = `<!doctype html><title>evil</title><body>${ATTACKS[attack](url)}</body>`
    const server = createServer((request, response) => {
      response.writeHead(request.url === '/' ? 200 : 404, { 'content-type': 'text/html' }).end(html)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return { port: (server.address() as AddressInfo).port, close: () => closeServer(server) }
  },
}
