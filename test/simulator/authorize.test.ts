// RFC 6749 section 4.1.1–4.1.2 and RFC 7636, as Webex has them: exact redirect URI, S256 only, scope mandatory.
import { describe, expect, test } from 'vitest'
import { authorizeUrl, CHALLENGE, decide, locationOf, send } from './support/calls.ts'
import { running } from './support/running.ts'

describe('the consent page', () => {
  test('has one heading and the buttons Accept and Decline', async () => {
    const page = await send(authorizeUrl(await running()))
    expect(page.status).toBe(200)
    expect(page.text).toMatch(/<html lang="en">/)
    expect(page.text.match(/<h1>/g)).toHaveLength(1)
    expect(page.text).toMatch(/<button[^>]*>Accept<\/button>/)
    expect(page.text).toMatch(/<button[^>]*>Decline<\/button>/)
  })

  test('runs nothing, loads nothing, is never framed, and may only send its form home', async () => {
    const page = await send(authorizeUrl(await running()))
    const policy = page.headers.get('Content-Security-Policy')
    expect(policy).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self' http:\/\/localhost:3000;/,
    )
    expect(policy).toContain("frame-ancestors 'none'")
    expect(page.headers.get('Referrer-Policy')).toBe('no-referrer')
  })

  test('names the scope and where the person goes afterwards', async () => {
    const page = await send(authorizeUrl(await running({ redirectUri: 'http://localhost:4000/c?a=1&b=2' })))
    expect(page.text).toContain('<code>spark:applications_token</code>')
    expect(page.text).toContain('http://localhost:4000/c?a=1&#38;b=2')
  })
})

describe('the decision', () => {
  test('Accept goes to the redirect URI with a code and the state', async () => {
    const answer = await decide(authorizeUrl(await running()), 'accept')
    expect(answer.status).toBe(302)
    const location = locationOf(answer)
    expect(location.origin + location.pathname).toBe('http://localhost:3000/callback')
    expect(location.searchParams.get('state')).toBe('a state & more')
    expect(location.searchParams.get('code')).toMatch(/^\S{20,}$/)
  })

  test('Decline goes there with access_denied, a description and the state', async () => {
    const { searchParams } = locationOf(await decide(authorizeUrl(await running()), 'decline'))
    expect(searchParams.get('error')).toBe('access_denied')
    expect(searchParams.get('error_description')).not.toBe('')
    expect(searchParams.get('state')).toBe('a state & more')
    expect(searchParams.has('code')).toBe(false)
  })

  test('leaves the state out if none was sent', async () => {
    const answer = await decide(authorizeUrl(await running(), { state: null }), 'accept')
    expect(locationOf(answer).searchParams.has('state')).toBe(false)
  })

  test('keeps the query the redirect URI already has', async () => {
    const simulator = await running({ redirectUri: 'http://localhost:3000/callback?from=webex' })
    const location = locationOf(await decide(authorizeUrl(simulator), 'accept'))
    expect(location.searchParams.get('from')).toBe('webex')
  })

  test('counts once per page shown', async () => {
    const simulator = await running()
    const page = await send(authorizeUrl(simulator))
    const consent = /name="consent" value="([^"]+)"/.exec(page.text)?.[1] ?? ''
    const body = { consent, decision: 'accept' }
    const click = () =>
      send(`${simulator.baseUrl}/authorize`, { method: 'POST', body: new URLSearchParams(body) })
    expect((await click()).status).toBe(302)
    expect((await click()).status).toBe(400)
  })

  test('comes too late after ten minutes', async () => {
    const simulator = await running()
    const page = await send(authorizeUrl(simulator))
    const consent = /name="consent" value="([^"]+)"/.exec(page.text)?.[1] ?? ''
    simulator.pass(601)
    const body = new URLSearchParams({ consent, decision: 'accept' })
    expect((await send(`${simulator.baseUrl}/authorize`, { method: 'POST', body })).status).toBe(400)
  })
})

describe('nobody is redirected', () => {
  test.each([
    ['for an unknown client', { client_id: 'C0' }],
    ['without a client', { client_id: null }],
    ['to another redirect URI', { redirect_uri: 'http://127.0.0.1:3000/callback' }],
    ['to a redirect URI with a slash too many', { redirect_uri: 'http://localhost:3000/callback/' }],
    ['without a redirect URI', { redirect_uri: null }],
  ])('%s', async (_, changes) => {
    const answer = await send(authorizeUrl(await running(), changes))
    expect(answer.status).toBe(400)
    expect(answer.headers.has('Location')).toBe(false)
    expect(answer.headers.get('Content-Type')).toMatch(/^text\/html/)
  })

  test('if a parameter is there twice', async () => {
    const answer = await send(`${authorizeUrl(await running())}&state=other`)
    expect(answer.status).toBe(400)
    expect(answer.headers.has('Location')).toBe(false)
  })
})

describe('an error goes to the redirect URI', () => {
  test.each([
    ['another response type', { response_type: 'token' }, 'unsupported_response_type'],
    ['no scope', { scope: null }, 'invalid_scope'],
    [
      'a scope the integration was not given',
      { scope: 'spark:applications_token spark:all' },
      'invalid_scope',
    ],
    ['no code challenge', { code_challenge: null }, 'invalid_request'],
    ['a code challenge of another length', { code_challenge: `${CHALLENGE}x` }, 'invalid_request'],
    ['the plain method', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['no method', { code_challenge_method: null }, 'invalid_request'],
  ])('%s', async (_, changes, error) => {
    const answer = await send(authorizeUrl(await running(), changes))
    expect(answer.status).toBe(302)
    const { searchParams } = locationOf(answer)
    expect(searchParams.get('error')).toBe(error)
    expect(searchParams.get('error_description')).not.toBe('')
    expect(searchParams.get('state')).toBe('a state & more')
  })
})
