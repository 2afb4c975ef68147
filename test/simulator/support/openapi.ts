// Cisco's own description of its APIs, where it is at hand: what an answer of theirs looks like.
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import Ajv, { type AnySchema } from 'ajv'
import addFormats from 'ajv-formats'
import type { Answered } from './calls.ts'

const VARIABLE = 'WEBEX_OPENAPI'

/** Said when the description is not here. */
export const WHERE_TO_FIND_IT =
  `Contract tests skipped: no OpenAPI description of Webex is here. It is public-spec/webex-admin.json of the public ` +
  `repository webex/webex-openapi-specs on GitHub; name the file in the environment variable ${VARIABLE}.`

type Described = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, AnySchema>> }
}

type Operation = {
  readonly responses: Readonly<Record<string, { readonly content?: JsonContent }>>
  readonly requestBody?: { readonly content: JsonContent }
}
type JsonContent = { readonly 'application/json': { readonly schema: AnySchema } }

export type Contract = {
  /** What is wrong with an answer; empty if it is as described. */
  answerTo(method: string, path: string, answer: Answered): readonly string[]
  requestTo(method: string, path: string, body: unknown): readonly string[]
}

export function findContract(): Contract | null {
  const beside = path.resolve(import.meta.dirname, '../../../../shared/openapi/webex-admin.subset.json')
  const file = process.env[VARIABLE] ?? beside
  if (process.env[VARIABLE] === undefined && !existsSync(file)) return null
  return makeContract(JSON.parse(readFileSync(file, 'utf8')))
}

function makeContract(described: Described): Contract {
  // OpenAPI's own words (`example`, `discriminator`) are none of JSON Schema's, so the schemas cannot be strict.
  const ajv = new Ajv({ strict: false, allErrors: true })
  addFormats(ajv)
  const { schemas } = described.components
  ajv.addSchema({ $id: 'webex', components: { schemas } })
  const faults = (schema: AnySchema, value: unknown): readonly string[] => {
    const validate = ajv.compile(rebased(schema))
    return validate(value)
      ? []
      : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`)
  }
  const operation = (method: string, route: string): Operation => {
    const found = described.paths[route]?.[method.toLowerCase()]
    if (found === undefined) throw new Error(`${method} ${route} is not described`)
    return found
  }
  return {
    answerTo: (method, route, answer) => {
      const response = operation(method, route).responses[answer.status]
      if (response === undefined) return [`status ${answer.status} is not described`]
      const described = response.content?.['application/json'].schema
      // Errors are described in words only, but for tier 2; the shape is the same everywhere.
      const schema = described ?? (answer.status >= 400 ? schemas.Error : undefined)
      return schema === undefined ? [`no content is described`] : faults(schema, JSON.parse(answer.text))
    },
    requestTo: (method, route, body) => {
      const schema = operation(method, route).requestBody?.content['application/json'].schema
      return schema === undefined ? ['no body is described'] : faults(schema, body)
    },
  }
}

/** References within the document, as references into the schema it was added as. */
function rebased(schema: AnySchema): AnySchema {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"webex#/components/'))
}
