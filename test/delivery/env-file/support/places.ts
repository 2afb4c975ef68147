// Folders and values for the tests of env files.
import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { EnvValue } from '#base/node/env-editor.ts'
import { Secret } from '#engine/domain/secret.ts'

/** Its owner's alone, outside any repository; gone when the test is over. */
export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'satm-env-')))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export function token(value: string): readonly EnvValue[] {
  return [{ name: 'TOKEN', value: new Secret(value) }]
}

/** Something happens the moment the value is asked for: after the file was read, before it is replaced. */
export class MeddledValue extends Secret {
  readonly #meddle: () => void

  constructor(value: string, meddle: () => void) {
    super(value)
    this.#meddle = meddle
  }

  override reveal(): string {
    this.#meddle()
    return super.reveal()
  }
}

/** Does something the first `times` times. */
export function atMost(times: number, work: () => void): () => void {
  let left = times
  return () => {
    if (left-- > 0) work()
  }
}

/** What a writer that was stopped would leave. */
export function leftovers(folder: string): readonly string[] {
  return readdirSync(folder).filter((name) => name.includes('satm-'))
}
