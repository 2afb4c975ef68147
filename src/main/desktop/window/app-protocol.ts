// app:// protocol: serves the built renderer and nothing else. A file:// page would share its origin with the whole
// disk.
import { readFile } from 'node:fs/promises'
import { app, net, type ProtocolRequest, type ProtocolResponse, protocol, type Session } from 'electron'
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
  const answer = (request: ProtocolRequest): Promise<ProtocolResponse> => {
    const wanted = request.method === 'GET' ? requestedPath(request.url) : null
    if (development !== null) return fromDevServer(development, request)
    return wanted === null ? Promise.resolve(notFound()) : fromFolder(rendererDir, wanted)
  }
  // Not `handle`, which has Node load its `fetch` before the first file and sends each in pieces through this process.
  session.protocol.registerBufferProtocol(APP_SCHEME, (request, respond) => {
    traffic.began()
    answer(request).then(respond, () => respond({ error: FAILED }))
  })
  return traffic.served
}

/** net::ERR_FAILED */
const FAILED = -2

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

async function fromFolder(folder: string, relative: string): Promise<ProtocolResponse> {
  const file = fileBelow(folder, relative)
  const type = mimeType(relative)
  if (file === null || type === null) return notFound()
  try {
    return responseOf(await readFile(file), responseHeaders(type, CONTENT_SECURITY_POLICY))
  } catch {
    return notFound()
  }
}

/** Vite's own addresses (`/@vite/client`, `/@fs/…`) are no plain files, so only host and method are held to. */
async function fromDevServer(server: URL, request: ProtocolRequest): Promise<ProtocolResponse> {
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.host !== APP_HOST) return notFound()
  // By `Accept` Vite tells a style sheet from a module that is one.
  const accept = new Headers(request.headers).get('accept') ?? '*/*'
  const answer = await net.fetch(new URL(`${url.pathname}${url.search}`, server).href, {
    headers: { Accept: accept },
  })
  const type = answer.headers.get('content-type') ?? 'application/octet-stream'
  const headers = { ...responseHeaders(type, developmentPolicy(server)), 'Cache-Control': 'no-store' }
  return responseOf(Buffer.from(await answer.arrayBuffer()), headers, answer.status)
}

function loopbackServer(address: string): URL {
  const url = new URL(address)
  if (url.protocol !== 'http:' || !isLoopback(url.hostname)) {
    throw new Error(`The development server has to be on this machine, not ${url.host}.`)
  }
  return url
}

function notFound(): ProtocolResponse {
  const headers = responseHeaders('text/plain; charset=utf-8', CONTENT_SECURITY_POLICY)
  return responseOf(Buffer.from('Not found'), headers, 404)
}

function responseOf(
  data: Buffer,
  headers: Readonly<Record<string, string>>,
  statusCode = 200,
): ProtocolResponse {
  const [mimeType = '', charset = ''] = (headers['Content-Type'] ?? '').split('; charset=')
  return { data, statusCode, headers, mimeType, charset }
}
