// A variable set in the language of a shell: whatever the value, it is read back as it is and nothing of it is run.
import { editEnv } from '#base/node/env-editor.ts'
import type { ShellName } from './command-table.ts'

/** With its final line feed. `name`: letters, digits and `_`. Throws if the value cannot stand in that language. */
export function shellLine(shell: ShellName, name: string, value: string): string {
  // No environment can hold it.
  if (value.includes('\0')) throw new Error('The value holds a NUL character.')
  switch (shell) {
    case 'sh':
      // POSIX 2.2.2: nothing is special inside single quotes but their end.
      return `export ${name}='${value.replaceAll("'", `'\\''`)}'\n`
    case 'fish':
      return `set -gx ${name} '${value.replace(/[\\']/g, '\\$&')}'\n`
    case 'powershell':
      // It takes typographic quotes for quotes as well.
      return `$Env:${name} = '${value.replace(/['‘’‚‛]/g, '$&$&')}'\n`
    case 'dotenv': {
      const edited = editEnv(new Uint8Array(), [{ name, value: { reveal: () => value } }])
      if (edited.kind === 'refused') throw new Error(edited.sentence)
      return Buffer.from(edited.bytes).toString('utf8')
    }
  }
}
