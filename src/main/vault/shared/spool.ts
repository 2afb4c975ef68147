// Spool: what Webex has answered, sealed in a file of this worker's data folder before the shared vault is asked to store it, and
// kept for a day, so that neither a lost connection nor a database that went back loses a refresh token.
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { parseJson } from '#base/common/json.ts'
import { replaceFile, syncFolder } from '#base/node/whole-file.ts'
import type { Duration, Instant } from '#engine/domain/model.ts'

const KEPT: Duration = 24 * 3_600_000
/** Lines beyond those that are kept, before the file is written anew. */
const SLACK = 1000

const token = z.base64().nullable()

const line = z.object({
  at: z.number(),
  /** Id of the shared vault that it belongs to. */
  vault: z.string(),
  /** How often something had been stored by then. */
  seen: z.object({ own: z.number(), all: z.number() }),
  attemptId: z.string(),
  owner: z.object({ kind: z.enum(['profile', 'manager']), id: z.string() }),
  pairId: z.string(),
  /** Id of the pair it follows; null: there was none. */
  follows: z.string().nullable(),
  /** Of the data key that its tokens are sealed with. */
  epoch: z.number(),
  /** The columns of the pair's row; the tokens in base64. */
  columns: z
    .object({ access_token: token, refresh_token: token })
    .catchall(z.union([z.string(), z.number(), z.null()])),
})

/** A pair that an attempt got from Webex. */
export type SpooledAnswer = Readonly<z.infer<typeof line>>

export class Spool {
  readonly #path: string
  readonly #vault: string
  readonly #now: () => Instant
  #answers: SpooledAnswer[]
  #lines: number

  /**
   * `vault`: the id of the shared one. What cannot be read of the file, such as a last line that was cut off, is left out, and
   * what belongs to another shared vault, which this computer has left.
   */
  constructor(folder: string, vault: string, now: () => Instant) {
    this.#vault = vault
    this.#path = join(folder, 'shared-answers.jsonl')
    this.#now = now
    const lines = existsSync(this.#path) ? readFileSync(this.#path, 'utf8').split('\n') : []
    this.#lines = lines.length
    this.#answers = lines
      .flatMap((text) => line.safeParse(parseJson(text)).data ?? [])
      .filter((answer) => answer.vault === vault)
  }

  /** Of the last day, oldest first. */
  answers(): readonly SpooledAnswer[] {
    const from = this.#now() - KEPT
    this.#answers = this.#answers.filter(({ at }) => at > from)
    return this.#answers
  }

  has(attemptId: string, pairId: string): boolean {
    return this.#answers.some((answer) => answer.attemptId === attemptId && answer.pairId === pairId)
  }

  /** On the disk when it returns; throws the system's error. */
  append(given: readonly Omit<SpooledAnswer, 'vault'>[]): void {
    const answers = given.map((answer) => ({ ...answer, vault: this.#vault }))
    if (answers.length === 0) return
    const isNew = !existsSync(this.#path)
    const file = openSync(this.#path, 'a', 0o600)
    try {
      // A line that was cut off before ends here. Whole: a single write stores a part where the disk is full, and does not fail.
      writeFileSync(file, answers.map((answer) => `\n${JSON.stringify(answer)}`).join(''))
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    if (isNew) syncFolder(dirname(this.#path))
    this.#answers.push(...answers)
    this.#lines += answers.length
  }

  /** Writes the file anew without what is older than a day, where that is worth it. */
  async tidy(): Promise<void> {
    const kept = this.answers()
    if (this.#lines <= kept.length + SLACK) return
    await replaceFile(this.#path, async (file) => {
      file.end(kept.map((answer) => `\n${JSON.stringify(answer)}`).join(''))
      await new Promise<void>((resolve, reject) => file.once('close', resolve).once('error', reject))
    })
    this.#lines = kept.length
  }
}
