// Two instances on a disk that is full before the first of them starts. Prints what became of each order.
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startInstance } from './instances.ts'

const [disk = '', program = ''] = process.argv.slice(2)
const filler = join(disk, 'filler')
for (let size = 8 * 1024 * 1024, n = 0; size >= 512; size /= 2, n++) {
  try {
    writeFileSync(`${filler}-${n}`, Buffer.alloc(size))
  } catch {
    // What fitted is there.
  }
}
// In a namespace of its own there is no other account.
const start = () => startInstance(program, join(disk, 'vault'), 'as-it-is')
const [first, second] = [start(), start()]
const whileFull = [await first.tell('open'), await second.tell('open')]
for (let n = 0; n < 20; n++) rmSync(`${filler}-${n}`, { force: true })
const withRoom = [await second.tell('open'), await first.tell('open'), await second.tell('begin-anew')]
console.log(JSON.stringify({ whileFull, withRoom }))
await Promise.all([first.kill(), second.kill()])
