// The simulated Webex inside the app, over its control.
import { ask } from './app.mjs'

/**
 * @param {import('playwright').Page} page
 */
export async function simulatedWebex(page) {
  const { settings } = await ask(page, 'view.get', {})
  const control = new URL('/_control/', settings.baseUrl)
  /**
   * @param {string} path
   * @param {RequestInit} [init]
   */
  const call = async (path, init) => {
    /** @type {any} */
    const answer = await (await fetch(new URL(path, control), init)).json()
    if (!answer.ok) throw new Error(`The simulated Webex says: ${answer.error}`)
    return answer.value
  }
  return {
    baseUrl: settings.baseUrl,
    credentials: await call('credentials'),
    /** @param {string} question */
    question: (question) => call(question),
    /**
     * @param {string} command
     * @param {object} body
     */
    control: (command, body) =>
      call(command, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
  }
}
