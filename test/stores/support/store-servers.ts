// Small servers that speak just enough of the API of a secret store for its official command line tool. Each can refuse,
// and stores what it was given.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { onTestFinished } from 'vitest'
import { closeServer } from '../../connect/support/sockets.ts'

export interface StoreServer {
  readonly url: string
  /** What is stored, by name. */
  readonly stored: Map<string, string>
  /** The user has no right to write. */
  refuses: boolean
  /** Reading is refused as well; writing works. */
  refusesReading: boolean
  /** Stores nothing and says that it did. */
  forgets: boolean
  close(): Promise<void>
}

interface Answer {
  readonly status?: number
  readonly body: unknown
}

type Answering = (request: IncomingMessage, body: string, server: StoreServer) => Answer

/** Listens on loopback, or on a Unix socket. */
async function serve(answer: Answering, socket?: string): Promise<StoreServer> {
  const http = createServer((request, response) => {
    void bodyOf(request).then((body) => send(response, answer(request, body, server)))
  })
  const server: StoreServer = {
    url: await listening(http, socket),
    stored: new Map(),
    refuses: false,
    refusesReading: false,
    forgets: false,
    close: () => closeServer(http),
  }
  onTestFinished(() => closeServer(http))
  return server
}

function listening(http: Server, socket: string | undefined): Promise<string> {
  return new Promise((resolve) => {
    const done = () => {
      const address = http.address()
      resolve(
        typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}` : (socket ?? ''),
      )
    }
    if (socket === undefined) http.listen(0, '127.0.0.1', done)
    else http.listen(socket, done)
  })
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

function send(response: ServerResponse, { status = 200, body }: Answer): void {
  response.writeHead(status, { 'Content-Type': 'application/json' })
  response.end(body === undefined ? '' : JSON.stringify(body))
}

/** Secrets of a Kubernetes API server: discovery, server-side apply, get, and what one may do. */
export function startKubernetes(): Promise<StoreServer> {
  const PATH = /^\/api\/v1\/namespaces\/([^/?]+)\/secrets\/([^/?]+)/
  const refused = {
    status: 403,
    body: {
      kind: 'Status',
      apiVersion: 'v1',
      status: 'Failure',
      reason: 'Forbidden',
      code: 403,
      message: 'secrets is forbidden',
    },
  }
  return serve(({ method, url = '' }, body, server) => {
    const [path = ''] = url.split('?')
    const [, namespace = '', name = ''] = PATH.exec(path) ?? []
    const secret = (data: object) => ({
      kind: 'Secret',
      apiVersion: 'v1',
      metadata: { name, namespace, resourceVersion: '1', managedFields: [] },
      type: 'Opaque',
      data,
    })
    if (path === '/api') return { body: { kind: 'APIVersions', versions: ['v1'] } }
    if (path === '/apis') return { body: { kind: 'APIGroupList', apiVersion: 'v1', groups: [] } }
    if (path === '/api/v1')
      return { body: { kind: 'APIResourceList', groupVersion: 'v1', resources: [SECRETS] } }
    if (path === '/openapi/v3') {
      return { body: { paths: { 'api/v1': { serverRelativeURL: '/openapi/v3/api/v1?hash=1' } } } }
    }
    if (path === '/openapi/v3/api/v1') return { body: OPENAPI }
    // An empty document: no schema to hold anything to.
    if (path === '/openapi/v2') return { body: undefined }
    if (path.endsWith('/selfsubjectaccessreviews')) {
      // The question comes as protobuf; the answer may be JSON.
      const kind = { kind: 'SelfSubjectAccessReview', apiVersion: 'authorization.k8s.io/v1' }
      return { status: 201, body: { ...kind, spec: {}, status: { allowed: !server.refuses } } }
    }
    if (name === '') return { status: 404, body: { kind: 'Status', code: 404, message: 'not here' } }
    if (method === 'PATCH') {
      if (server.refuses) return refused
      const { data } = JSON.parse(body)
      for (const [key, value] of server.forgets ? [] : Object.entries(data)) {
        server.stored.set(
          `${namespace}/${name}/${key}`,
          Buffer.from(String(value), 'base64').toString('utf8'),
        )
      }
      return { body: secret(data) }
    }
    if (server.refusesReading) return refused
    const data = [...server.stored].flatMap(([place, value]) => {
      const prefix = `${namespace}/${name}/`
      return place.startsWith(prefix)
        ? [[place.slice(prefix.length), Buffer.from(value).toString('base64')]]
        : []
    })
    return { body: secret(Object.fromEntries(data)) }
  })
}

const SECRETS = {
  name: 'secrets',
  singularName: 'secret',
  namespaced: true,
  kind: 'Secret',
  verbs: ['create', 'get', 'patch', 'update'],
}

/** That the server checks fields itself, so that kubectl does not. */
const OPENAPI = {
  openapi: '3.0.0',
  info: { title: 'Kubernetes', version: 'v1.32.0' },
  paths: {
    '/api/v1/namespaces/{namespace}/secrets/{name}': {
      patch: {
        parameters: [{ name: 'fieldValidation', in: 'query' }],
        'x-kubernetes-action': 'patch',
        'x-kubernetes-group-version-kind': { group: '', kind: 'Secret', version: 'v1' },
      },
    },
  },
}

/** AWS Secrets Manager (JSON 1.1). */
export function startSecretsManager(): Promise<StoreServer> {
  return serve(({ headers }, body, server) => {
    const { SecretId: id, SecretString: value } = JSON.parse(body)
    const arn = `arn:aws:secretsmanager:eu-central-1:123456789012:secret:${id}`
    const denied = { status: 400, body: { __type: 'AccessDeniedException', Message: 'not authorized' } }
    switch (String(headers['x-amz-target']).split('.')[1]) {
      case 'PutSecretValue':
        if (server.refuses) return denied
        if (!server.forgets) server.stored.set(id, value)
        return { body: { ARN: arn, Name: id, VersionId: 'v-1', VersionStages: ['AWSCURRENT'] } }
      case 'GetSecretValue':
        if (server.refusesReading) return denied
        return { body: { ARN: arn, Name: id, SecretString: server.stored.get(id) ?? 'nothing yet' } }
      default:
        return server.refuses ? denied : { body: { ARN: arn, Name: id } }
    }
  })
}

/** The secrets of a repository at GitHub, on a Unix socket. They are sealed for a key that nobody here has. */
export function startGitHub(socket: string): Promise<StoreServer> {
  return serve(({ method, url = '' }, body, server) => {
    const name = /\/secrets\/([^/?]+)/.exec(url)?.[1]
    if (server.refuses) {
      return { status: 403, body: { message: 'Resource not accessible by personal access token' } }
    }
    if (name === 'public-key') {
      return { body: { key_id: '1', key: Buffer.alloc(32, 9).toString('base64') } }
    }
    if (method === 'PUT' && name !== undefined) {
      server.stored.set(name, JSON.parse(body).encrypted_value)
      return { status: 201, body: {} }
    }
    return { body: { total_count: 0, secrets: [] } }
  }, socket)
}
