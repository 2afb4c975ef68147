// A release feed as `npm run release` writes it, and a static server for it that a test can make misbehave.
import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { writeFeed } from '../../../scripts/release/feed.mjs'

export const APP_IMAGE = 'service-app-token-manager-x86_64.AppImage'

export interface ReleaseKey {
  readonly file: string
  /** As a build names it. */
  readonly publicKey: string
}

export function releaseKey(file: string, made = generateKeyPairSync('ed25519').privateKey): ReleaseKey {
  writeFileSync(file, made.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 })
  return { file, publicKey: spki(made) }
}

function spki(key: KeyObject): string {
  const { x = '' } = key.export({ format: 'jwk' })
  // RFC 8410 section 4: the fixed beginning of an Ed25519 SubjectPublicKeyInfo.
  return Buffer.concat([
    Buffer.from('302a300506032b6570032100', 'hex'),
    Buffer.from(x, 'base64url'),
  ]).toString('base64')
}

/** Announces a version in `folder`, as the release command does. `files`: by the names of packages; a path, or the content. */
export async function announce(
  folder: string,
  {
    version,
    key,
    files,
  }: { version: string; key: ReleaseKey; files: Readonly<Record<string, Buffer | string>> },
): Promise<void> {
  const from = path.join(path.dirname(folder), `dist-${path.basename(folder)}-${version}`)
  mkdirSync(from, { recursive: true })
  const sums = Object.entries(files).map(([name, file]) => {
    const target = path.join(from, name)
    if (typeof file === 'string') copyFileSync(file, target)
    else writeFileSync(target, file)
    return `${createHash('sha256').update(readFileSync(target)).digest('hex')}  ${name}\n`
  })
  writeFileSync(
    path.join(from, 'SHA256SUMS'),
    `${sums.join('')}0  service-app-token-manager-${version}.cdx.json\n`,
  )
  await writeFeed({ from, feed: folder, keyFile: key.file })
}

export interface ReleaseServer {
  readonly url: string
  readonly asked: { readonly url: string; readonly headers: IncomingMessage['headers'] }[]
  /** Answers in place of the files; true: it has. */
  instead: ((url: string, response: ServerResponse) => boolean) | null
  folder: string
  close(): Promise<void>
}

export async function serveReleases(folder: string): Promise<ReleaseServer> {
  const server = createServer(({ url = '', headers }, response) => {
    served.asked.push({ url, headers })
    if (served.instead?.(url, response) === true) return
    try {
      response.end(readFileSync(path.join(served.folder, decodeURIComponent(url.replace('/feed/', '')))))
    } catch {
      response.writeHead(404).end()
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const served: ReleaseServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/feed`,
    asked: [],
    instead: null,
    folder,
    async close() {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
  return served
}
