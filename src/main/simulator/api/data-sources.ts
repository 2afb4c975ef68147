// The data sources of a service app in an org: listed, shown, renewed, and removed with the service app's own token.
import { z } from 'zod'
import { parseJson } from '#base/common/json.ts'
import { type DataSource, LONGEST_LIFETIME, SCHEMA_ID } from '../data-source-store.ts'
import type { AccessToken } from '../model.ts'
import type { Call, World } from '../world.ts'
import { type Answer, type JsonObject, ok, webexError } from './answers.ts'
import { type Handler, notFound, withToken } from './resources.ts'

const READ = 'spark-admin:datasource_read'
const WRITE = 'spark-admin:datasource_write'

/** Pages as other lists of Webex have them: RFC 8288, `rel="next"`. */
export const answerDataSources = withToken(READ, (token, call, world) => {
  const all = world.dataSources.of(token.grant, call.now)
  const { dataSourcesPerPage } = world.settings.behaviour
  const size = dataSourcesPerPage === 0 ? all.length : dataSourcesPerPage
  const from = Number(call.query.get('cursor') ?? 0)
  const items = all.slice(from, from + size).map((source) => shown(source, world))
  const answer = ok({ items })
  if (from + size >= all.length) return answer
  const next = `<${call.origin}/v1/dataSources?cursor=${from + size}>; rel="next"`
  return { ...answer, headers: { Link: next } }
})

export const answerRegister = withToken(WRITE, (token, call, world) => {
  const fields = readFields(call)
  if (typeof fields === 'string') return refused(call, fields)
  if (fields.status === 'disabled') return refused(call, 'A data source is registered as active')
  return ok(shown(world.dataSources.register(token.grant, call.now, fields), world))
})

/** Of one, by its ID. */
export function dataSourceHandlers(id: string): Readonly<Record<string, Handler>> {
  const about = (serve: (source: DataSource, call: Call, world: World) => Answer) => {
    return (token: AccessToken, call: Call, world: World) => {
      const source = world.dataSources.of(token.grant, call.now).find((one) => one.id === id)
      return source === undefined ? notFound(call) : serve(source, call, world)
    }
  }
  return {
    GET: withToken(
      READ,
      about((source, _call, world) => ok(shown(source, world))),
    ),
    PUT: withToken(WRITE, about(answerUpdate)),
    DELETE: withToken(
      WRITE,
      about((source, _call, world) => {
        world.dataSources.remove(source)
        return { status: 204, headers: {}, body: { type: 'empty' }, outcome: 'served' }
      }),
    ),
  }
}

export const answerJwks: Handler = (_call, world) => ok(world.dataSources.jwks())

function shown(source: DataSource, world: World): JsonObject {
  const { id, schemaId, url, audience, subject, nonce, tokenLifetimeMinutes, status, errorMessage } = source
  const { client, orgUuid } = source.grant
  return {
    id,
    schemaId,
    applicationId: client.kind === 'service-app' ? client.clientId : '',
    orgId: orgUuid,
    url,
    audience,
    subject,
    nonce,
    tokenLifetimeMinutes,
    status,
    ...(errorMessage === null ? {} : { errorMessage }),
    createdAt: new Date(source.createdAt).toISOString(),
    tokenExpiryTime: new Date(source.expiresAt).toISOString(),
    [world.settings.behaviour.dataSourceToken]: world.dataSources.tokenOf(source),
  }
}

const text = z.string().min(1).max(2000)

const FIELDS = z.object({
  schemaId: text,
  url: text,
  audience: text,
  subject: text,
  nonce: text,
  tokenLifetimeMinutes: z.int().min(1).max(LONGEST_LIFETIME),
  status: z.enum(['active', 'disabled']).default('active'),
  errorMessage: text.nullable().default(null),
})

/** A sentence: what is wrong. */
function readFields(call: Call): z.output<typeof FIELDS> | string {
  if (call.contentType !== 'application/json') return 'The body has to be JSON'
  const parsed = FIELDS.safeParse(parseJson(call.body))
  if (!parsed.success)
    return parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
  return parsed.data.schemaId === SCHEMA_ID ? parsed.data : 'schemaId is not known'
}

function answerUpdate(source: DataSource, call: Call, world: World): Answer {
  const fields = readFields(call)
  if (typeof fields === 'string') return refused(call, fields)
  if (fields.url !== source.url) return refused(call, 'url is not the one that is registered')
  if (fields.nonce === source.nonce) return refused(call, 'nonce was used before')
  const isDisabled = fields.status === 'disabled' && source.status === 'active'
  if (isDisabled !== (fields.errorMessage !== null)) {
    return refused(call, 'errorMessage belongs to a change of status from active to disabled')
  }
  world.dataSources.renew(source, fields, call.now)
  return ok(shown(source, world))
}

function refused(call: Call, why: string): Answer {
  return webexError(400, 'bad request', call.trackingId, 'Invalid input parameters', [why])
}
