// A program for a small disk of its own: appends to a spool until the disk is full, and once more when there is room.
// Prints which answers were taken and which another process finds, as one line of JSON.
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { Spool, type SpooledAnswer } from '#vault/shared/spool.ts'

const [folder = ''] = process.argv.slice(2)
const filler = join(folder, 'filler')
const open = () => new Spool(folder, 'vault', Date.now)

const answer = (attemptId: string): Omit<SpooledAnswer, 'vault'> => ({
  at: Date.now(),
  seen: { own: 0, all: 0 },
  attemptId,
  owner: { kind: 'profile', id: 'p' },
  pairId: `pair of ${attemptId}`,
  follows: null,
  epoch: 1,
  columns: { access_token: Buffer.alloc(1500).toString('base64'), refresh_token: null },
})

function fill() {
  const file = openSync(filler, 'a')
  try {
    for (;;) writeSync(file, Buffer.alloc(4096))
  } catch {
    closeSync(file)
  }
}

const spool = open()
const taken: string[] = []
const append = (attemptId: string) => {
  try {
    spool.append([answer(attemptId)])
    taken.push(attemptId)
  } catch {
    // The disk is full.
  }
}

append('before')
fill()
for (const attemptId of ['full 1', 'full 2', 'full 3', 'full 4']) append(attemptId)
rmSync(filler)
append('room')
const idsOf = (of: Spool) => of.answers().map(({ attemptId }) => attemptId)
console.log(JSON.stringify({ taken, known: idsOf(spool), found: idsOf(open()) }))
