// A program: puts ever higher numbers into an env file until it is killed. Says each one when the write has resolved.
import { writeSync } from 'node:fs'
import { createEnvFileWriter } from '#delivery/env-file/env-writer.ts'
import type { FileOddity } from '#engine/domain/delivery-spec.ts'
import { Secret } from '#engine/domain/secret.ts'

const [path = '', first = '0', agreed = '[]'] = process.argv.slice(2)
const confirmed: readonly FileOddity[] = JSON.parse(agreed)
const writer = createEnvFileWriter()

for (let n = Number(first); ; n++) {
  const result = await writer.write(path, [{ name: 'TOKEN', value: new Secret(`t${n}`) }], { confirmed })
  if (result.kind !== 'written') throw new Error(JSON.stringify(result))
  writeSync(1, `${n}\n`)
}
