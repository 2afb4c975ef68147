// A program: looks at env files and writes them as a user without rights, and prints what came of it as JSON.
import { checkEnvFile } from '../../../../src/main/delivery/env-file/check.ts'
import { createEnvFileWriter } from '../../../../src/main/delivery/env-file/write.ts'
import type { FileOddity } from '../../../../src/main/engine/delivery-model.ts'
import { Secret } from '../../../../src/main/engine/secret.ts'

const NOBODY = 65_534
const [confirmed = '[]', ...paths] = process.argv.slice(2)
const agreed: readonly FileOddity[] = JSON.parse(confirmed)

if (process.getuid?.() === 0) {
  process.setgroups?.([])
  process.setgid?.(NOBODY)
  process.setuid?.(NOBODY)
}
const { write } = createEnvFileWriter()
const seen = []
for (const path of paths) {
  const { remarks } = await checkEnvFile(path)
  const result = await write(path, [{ name: 'TOKEN', value: new Secret('new') }], { confirmed: agreed })
  seen.push({ remarks: remarks.map(({ kind }) => kind), result })
}
console.log(JSON.stringify(seen))
