// The desktop that tests and the demo get where there is none.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { inDesktopSession } from '../../scripts/run/desktop-session.mjs'
import { tempFolder } from './support/temp-folder.ts'

test.runIf(process.platform === 'linux')(
  'its display outlives each program: whoever starts while the last one leaves is not refused',
  async () => {
    const answer = path.join(tempFolder(), 'answer')
    // A server without a client starts anew, which forgets the layout, and refuses who connects meanwhile.
    const programs = `setxkbmap -layout de && setxkbmap -query > '${answer}'`
    expect(await inDesktopSession('sh', ['-c', programs], process.env)).toBe(0)
    expect(readFileSync(answer, 'utf8')).toMatch(/layout: +de/)
  },
)
