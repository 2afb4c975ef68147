// A program for a user without rights: looks at env files and writes them, and prints what came of it as JSON.
import { checkEnvFile } from '#delivery/env-file/env-file-check.ts'
import { createEnvFileWriter } from '#delivery/env-file/env-writer.ts'
import type { FileOddity } from '#engine/domain/delivery-spec.ts'
import { Secret } from '#engine/domain/secret.ts'

const [confirmed = '[]', ...paths] = process.argv.slice(2)
const agreed: readonly FileOddity[] = JSON.parse(confirmed)

const { write } = createEnvFileWriter()
const seen = []
for (const path of paths) {
  const { remarks } = await checkEnvFile(path)
  const result = await write(path, [{ name: 'TOKEN', value: new Secret('new') }], { confirmed: agreed })
  seen.push({ remarks: remarks.map(({ kind }) => kind), result })
}
console.log(JSON.stringify(seen))
