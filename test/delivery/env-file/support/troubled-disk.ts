// A program for a small disk of its own: writes env files while the disk is full, can only be read, and is gone. Prints
// what it saw as one line of JSON.
import { execFileSync } from 'node:child_process'
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { checkEnvFile } from '#delivery/env-file/env-file-check.ts'
import { createEnvFileWriter } from '#delivery/env-file/env-writer.ts'
import { Secret } from '#engine/domain/secret.ts'

const [folder = ''] = process.argv.slice(2)
const path = join(folder, '.env')
const filler = join(folder, 'filler')
const { write } = createEnvFileWriter()
/** Larger than what a disk may have left between its blocks. */
const OLD = `# a line that stays\n`.repeat(1_000)
writeFileSync(path, OLD)

const roomy = { ...(await tried('one')), check: await remarks() }
fillDisk()
const full = await tried('two')
rmSync(filler)
mount('remount,ro')
const readOnly = { ...(await tried('three')), check: await remarks() }
mount('remount,rw')
const again = await tried('four')
execFileSync('umount', ['-l', folder])
// Its place is still there and empty, as where a disk was pulled out; a folder on it is not.
const gone = await writing(join(folder, 'project/.env'), 'five')
const left = readdirSync(folder)
execFileSync('mount', ['-t', 'tmpfs', 'satm-test', folder])

console.log(JSON.stringify({ old: OLD, roomy, full, readOnly, again, gone, left }))

async function tried(value: string) {
  const result = await writing(path, value)
  const beside = readdirSync(folder).filter((name) => name.includes('satm-'))
  return { result, text: existsSync(path) ? readFileSync(path, 'utf8') : null, beside }
}

function writing(file: string, value: string) {
  return write(file, [{ name: 'TOKEN', value: new Secret(value) }], {
    confirmed: ['open-folder', 'readable-by-others'],
  })
}

async function remarks(): Promise<readonly string[]> {
  return (await checkEnvFile(path)).remarks.map(({ kind }) => kind)
}

function mount(options: string): void {
  execFileSync('mount', ['-o', options, folder])
}

/** All but a few bytes of a last block. */
function fillDisk(): void {
  const file = openSync(filler, 'a')
  for (let size = 64 * 1024; size >= 1; size = Math.floor(size / 2)) {
    try {
      for (;;) writeSync(file, Buffer.alloc(size))
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
    }
  }
  closeSync(file)
}
