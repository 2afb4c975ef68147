// The example in Python: a redirect takes no credential with it.
import { execFile, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'

const EXAMPLES = path.resolve(import.meta.dirname, '../../examples/python')
const hasPython = () => {
  try {
    execFileSync('python3', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test.skipIf(!hasPython())('the secret of a consumer does not follow a redirect', async () => {
  const seen: (string | undefined)[] = []
  const other = await serve(({ headers }, response) => {
    seen.push(headers.authorization)
    response.end('{"access_token": "t", "expires_in": 60}')
  })
  const endpoint = await serve(({ headers }, response) => {
    seen.push(headers.authorization)
    response.writeHead(302, { location: other }).end()
  })
  const ask = `from webex_token import from_endpoint; print(from_endpoint("${endpoint}", "satm_secret").current())`
  const { stdout } = await promisify(execFile)('python3', ['-B', '-c', ask], { cwd: EXAMPLES })
  expect(stdout).toBe('t\n')
  expect(seen).toEqual(['Bearer satm_secret', undefined])
})
