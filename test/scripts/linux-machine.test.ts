import { describe, expect, test } from 'vitest'
import { missingLibraries, unmet } from '../../scripts/prepare/linux-machine.mjs'

describe.runIf(process.platform === 'linux')('on this Linux', () => {
  test('a library and a command that are there need nothing', async () => {
    expect(await unmet([need('library', 'libc.so.6'), need('command', 'sh')])).toEqual([])
  })

  test('what is not there is named', async () => {
    const library = need('library', 'libthere-is-none.so.1')
    const command = need('command', 'there-is-no-such-command')
    expect(await unmet([library, need('command', 'sh'), command])).toEqual([library, command])
  })

  test('one of several commands is enough', async () => {
    const either = { kind: 'command' as const, anyOf: ['there-is-no-such-command', 'sh'], packages: ['x'] }
    expect(await unmet([either])).toEqual([])
  })

  test('an executable whose libraries are there lacks none', async () => {
    expect(await missingLibraries(process.execPath)).toEqual([])
  })
})

function need(kind: 'library' | 'command', name: string) {
  return { kind, anyOf: [name], packages: ['some-package'] }
}
