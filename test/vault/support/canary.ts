// Looks for secrets in files, in each form in which they might lie there readably.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** The files below `folder` that hold one of `secrets`: as text, as UTF-16, as hex, as base64 at any offset. */
export function filesHolding(folder: string, secrets: readonly string[]): string[] {
  const forms = secrets.flatMap(formsOf)
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile())
    .filter((name) => {
      const bytes = readFileSync(join(folder, name))
      return forms.some((form) => bytes.includes(form))
    })
}

function formsOf(secret: string): (string | Buffer)[] {
  const base64 = [0, 1, 2].map((offset) => {
    const text = Buffer.from(`${'x'.repeat(offset)}${secret}`)
      .toString('base64')
      .replaceAll('=', '')
    // The first and last characters mix with what stands around it.
    return text.slice(Math.ceil((offset * 4) / 3), -1)
  })
  return [secret, Buffer.from(secret, 'utf16le'), Buffer.from(secret).toString('hex'), ...base64]
}
