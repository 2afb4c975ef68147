// app:// protocol: serves the built renderer and nothing else. A file:// page would share its origin with the whole
// disk.
import { readFile } from 'node:fs/promises'
import { app, net, protocol, type Session } from 'electron'
import { isLoopback } from '#base/node/loopback.ts'
import {
  APP_HOST,
  APP_SCHEME,
  CONTENT_SECURITY_POLICY,
  developmentPolicy,
  fileBelow,
  mimeType,
  requestedPath,
  responseHeaders,
} from './app-files.ts'

/** Must run before `ready`: a scheme's privileges are fixed once Chromium starts. */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([
    {
      scheme: APP_SCHEME,
      privileges: {
        standard: true,
        secure: true,
        supportFetchAPI: true,
        codeCache: true,
        bypassCSP: false,
        allowServiceWorkers: false,
        corsEnabled: false,
        stream: false,
      },
    },
  ])
}

/** Resolves when the page has got all it asked for, and that was this many files or more. */
export type Served = (files: number) => Promise<void>

/**
 * Serves the files of `rendererDir` to `session`. With `devServer` (electron-vite's ELECTRON_RENDERER_URL, loopback
 * only, never in a packaged app) they come from there under the same origin, so that no check anywhere has to know a
 * second one.
 */
export function serveApp(session: Session, rendererDir: string, devServer: string | null = null): Served {
  const development = devServer === null || app.isPackaged ? null : loopbackServer(devServer)
  const traffic = watchTraffic(session)
  session.protocol.handle(APP_SCHEME, async (request) => {
    traffic.began()
    const wanted = request.method === 'GET' ? requestedPath(request.url) : null
    if (development !== null) return fromDevServer(development, request)
    return wanted === null ? notFound() : fromFolder(rendererDir, wanted)
  })
  return traffic.served
}

/** What the page has asked for and not yet got. */
function watchTraffic(session: Session): { began(): void; served: Served } {
  let [asked, underWay] = [0, 0]
  let waiting: { readonly files: number; readonly go: () => void }[] = []
  const ended = () => {
    underWay = Math.max(0, underWay - 1)
    if (underWay > 0) return
    for (const { go } of waiting.filter(({ files }) => files <= asked)) go()
    waiting = waiting.filter(({ files }) => files > asked)
  }
  const ours = { urls: [`${APP_SCHEME}://${APP_HOST}/*`] }
  session.webRequest.onCompleted(ours, ended)
  session.webRequest.onErrorOccurred(ours, ended)
  return {
    began() {
      asked += 1
      underWay += 1
    },
    served: (files) =>
      new Promise((resolve) => {
        if (underWay === 0 && files <= asked) resolve()
        else waiting.push({ files, go: resolve })
      }),
  }
}

async function fromFolder(folder: string, relative: string): Promise<Response> {
  const file = fileBelow(folder, relative)
  const type = mimeType(relative)
  if (file === null || type === null) return notFound()
  try {
    return new Response(new Uint8Array(await readFile(file)), {
      headers: responseHeaders(type, CONTENT_SECURITY_POLICY),
    })
  } catch {
    return notFound()
  }
}

/** Vite's own addresses (`/@vite/client`, `/@fs/…`) are no plain files, so only host and method are held to. */
async function fromDevServer(server: URL, request: Request): Promise<Response> {
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.host !== APP_HOST) return notFound()
  // By `Accept` Vite tells a style sheet from a module that is one.
  const headers = { Accept: request.headers.get('accept') ?? '*/*' }
  const answer = await net.fetch(new URL(`${url.pathname}${url.search}`, server).href, { headers })
  const type = answer.headers.get('content-type') ?? 'application/octet-stream'
  return new Response(answer.body, {
    status: answer.status,
    headers: { ...responseHeaders(type, developmentPolicy(server)), 'Cache-Control': 'no-store' },
  })
}

function loopbackServer(address: string): URL {
  const url = new URL(address)
  if (url.protocol !== 'http:' || !isLoopback(url.hostname)) {
    throw new Error(`The development server has to be on this machine, not ${url.host}.`)
  }
  return url
}

function notFound(): Response {
  return new Response('Not found', {
    status: 404,
    headers: responseHeaders('text/plain; charset=utf-8', CONTENT_SECURITY_POLICY),
  })
}
