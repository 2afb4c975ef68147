// Path and method -> endpoint and handler.

import type { Endpoint } from '../faults/fault-kinds.ts'
import { answerAccessToken } from '../oauth/access-token.ts'
import { decideConsent, showConsent } from '../oauth/authorize.ts'
import { answerApplicationToken } from './applications.ts'
import { answerDataSources, answerJwks, answerRegister, dataSourceHandlers } from './data-sources.ts'
import {
  answerContactCenter,
  answerPeopleMe,
  answerSchemas,
  answerTokenExpiry,
  answerUnknown,
  answerWrongMethod,
  emptyList,
  type Handler,
  schemaOf,
} from './resources.ts'

export type Route = {
  readonly endpoint: Endpoint
  readonly methods: Readonly<Record<string, Handler>>
  /** Of tier 2. */
  readonly appId?: string
}

const TABLE: Readonly<Record<string, Route>> = {
  '/authorize': { endpoint: 'authorize', methods: { GET: showConsent, POST: decideConsent } },
  '/access_token': { endpoint: 'accessToken', methods: { POST: answerAccessToken } },
  '/authorizations/tokenExpiry': { endpoint: 'tokenExpiry', methods: { GET: answerTokenExpiry } },
  '/dataSources': { endpoint: 'dataSources', methods: { GET: answerDataSources, POST: answerRegister } },
  '/dataSources/': { endpoint: 'dataSources', methods: { GET: answerDataSources, POST: answerRegister } },
  '/dataSources/schemas': { endpoint: 'dataSourceSchemas', methods: { GET: answerSchemas } },
  '/people/me': { endpoint: 'peopleMe', methods: { GET: answerPeopleMe } },
  '/meetings': { endpoint: 'meetings', methods: { GET: emptyList('meeting:schedules_read') } },
  '/rooms': { endpoint: 'rooms', methods: { GET: emptyList('spark:rooms_read') } },
  '/tasks': { endpoint: 'contactCenter', methods: { GET: answerContactCenter } },
}

/** Where Webex publishes the keys of its identity broker; beside the API, and open to everybody. */
const JWKS_PATH = '/idb/oauth2/v2/keys/verificationjwk'
const JWKS: Route = { endpoint: 'jwks', methods: { GET: answerJwks } }

/** `path`: whole, with the `/v1` of the API. */
export function routeOf(path: string): Route {
  if (path === JWKS_PATH) return JWKS
  return apiRoute(path.startsWith('/v1/') ? path.slice(3) : '')
}

function apiRoute(path: string): Route {
  const fixed = Object.hasOwn(TABLE, path) ? TABLE[path] : undefined
  if (fixed !== undefined) return fixed
  const appId = segment(/^\/applications\/([^/]+)\/token$/, path)
  if (appId !== null) {
    const POST: Handler = (call, world) => answerApplicationToken(appId, call, world)
    return { endpoint: 'tier2', methods: { POST }, appId }
  }
  const schemaId = segment(/^\/dataSources\/schemas\/([^/]+)$/, path)
  if (schemaId !== null) return { endpoint: 'dataSourceSchemas', methods: { GET: schemaOf(schemaId) } }
  const dataSourceId = segment(/^\/dataSources\/([^/]+)$/, path)
  if (dataSourceId !== null) return { endpoint: 'dataSource', methods: dataSourceHandlers(dataSourceId) }
  if (path.startsWith('/contactCenter/')) {
    return { endpoint: 'contactCenter', methods: { GET: answerContactCenter } }
  }
  return { endpoint: 'unknown', methods: {} }
}

/** What answers this method: an unknown path is a 404 and a wrong method a 405, but only to a valid token. */
export function handlerOf(route: Route, method: string): Handler {
  const handler = Object.hasOwn(route.methods, method) ? route.methods[method] : undefined
  return handler ?? (route.endpoint === 'unknown' ? answerUnknown : answerWrongMethod)
}

function segment(pattern: RegExp, path: string): string | null {
  const found = pattern.exec(path)?.[1]
  if (found === undefined) return null
  try {
    return decodeURIComponent(found)
  } catch {
    return found
  }
}
