// The consent page as a person without a browser of ours answers it.
import { get } from 'node:http'

/** Presses the button and gives the address Webex would send the browser to. */
export async function answerConsent(address: string, decision: 'accept' | 'decline'): Promise<string> {
  const page = await (await fetch(address)).text()
  const consent = /name="consent" value="([^"]+)"/.exec(page)?.[1] ?? ''
  const action = /action="([^"]+)"/.exec(page)?.[1] ?? ''
  const answer = await fetch(new URL(action, address), {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ consent, decision }).toString(),
  })
  return answer.headers.get('location') ?? ''
}

/** Goes there as a browser that tells nothing of itself; Node's own fetch would say that it is no navigation. */
export async function arrive(address: string): Promise<string> {
  const { host, port, pathname, search } = new URL(address)
  return new Promise((resolve, reject) => {
    const request = get(
      { host: '127.0.0.1', port, path: `${pathname}${search}`, headers: { host } },
      (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('end', () => {
          const { location } = answer.headers
          const page = Buffer.concat(chunks).toString('utf8')
          resolve(location === undefined ? page : arrive(new URL(location, address).href))
        })
      },
    )
    request.on('error', reject)
  })
}
