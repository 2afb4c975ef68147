// Env file: variables in the ways in which shells and tools write them, each rewritten to `NAME=value` first.
import { entriesOf, hasAssignment, meaningOf } from '#base/common/dotenv.ts'
import { hasHeading } from './csv-reader.ts'
import {
  IMPORT_LIMITS,
  type ImportChoices,
  type ImportContent,
  type ImportDialect,
  refusedImport,
} from './import-dialect.ts'
import { looksLikeJson } from './json-reader.ts'
import { meaningOfName } from './known-names.ts'
import { variablesContent } from './variable-sets.ts'

export const envFile: ImportDialect = {
  name: '.env',
  extensions: ['env', 'envrc', 'sh', 'fish', 'ps1', 'bat', 'cmd', 'tfvars', 'ini', 'properties'],
  recognises: (text) => !looksLikeJson(text) && !hasHeading(text) && hasAssignment(withoutShells(text)),
  read: readEnv,
}

function readEnv(text: string, choices: ImportChoices): ImportContent {
  if (text.length > IMPORT_LIMITS.bytes) return refusedImport('Too long to import.')
  const plain = withoutShells(text)
  return variablesContent(
    entriesOf(plain).map(({ name, from, to }) => [name, meaningOf(plain.slice(from, to))] as const),
    choices,
  )
}

/** Each with the name, what follows it up to the value, and the value's quotes. Blanks are those of the line. */
const WAYS: readonly (readonly [RegExp, string])[] = [
  // PowerShell
  [/^\$\{?env:(\w+)\}?[ \t]*=/i, '$1='],
  [
    /^\[(?:System\.)?Environment\]::SetEnvironmentVariable\([ \t]*['"](\w+)['"][ \t]*,[ \t]*(['"][^'"]*['"]).*$/i,
    '$1=$2',
  ],
  [/^(?:Set-Item|New-Item|si)[ \t]+(?:-Path[ \t]+)?env:\\?(\w+)[ \t]+(?:-Value[ \t]+)?/i, '$1='],
  // cmd.exe: the quotes of set are around the name as well
  [/^@?set[ \t]+"(\w+)=([^"]*)"[ \t]*$/i, '$1="$2"'],
  [/^@?set[ \t]+(\w+)=/i, '$1='],
  [/^@?setx[ \t]+"?(\w+)"?[ \t]+("[^"]*"|[^ \t"]+)(?:[ \t].*)?$/i, '$1=$2'],
  // fish, csh
  [/^set[ \t]+(?:-{1,2}\w+[ \t]+){1,4}(\w+)[ \t]+/, '$1='],
  [/^setenv[ \t]+(\w+)[ \t]+/, '$1='],
  // Docker, systemd
  [/^(?:-[ \t]+|ENV[ \t]+|Environment=)"(\w+)=([^"]*)"[ \t]*$/, '$1="$2"'],
  [
    /^(?:-[ \t]+|ENV[ \t]+|Environment=|(?:-e|--env)[ \t]+|declare -x |typeset -x |local )(\w+)[ \t]*=/,
    '$1=',
  ],
]
/** Of `NAME="value";` and `NAME="value",`. */
const AFTER_QUOTES = /^((?:export[ \t]+)?[\w.-]+[ \t]*[=:][ \t]*("[^"]*"|'[^']*'))[ \t]*[;,].*$/
/** `Client ID: …`, as a portal or a message has it. */
const LABELED = /^(?:[-*\u2022][ \t]+)?([A-Za-z]\w{0,30}(?: \w{1,30}){1,5})[ \t]*[:=][ \t]*(\S.*)$/
const SECTION = /^\[([\w. -]{1,64})\]$/

/** Where one label is known by its words alone, all of them are names. */
function withoutLabels(lines: readonly string[]): readonly string[] {
  const labeled = lines.map((line) => LABELED.exec(line.trim()))
  if (!labeled.some((found) => meaningOfName(found?.[1] ?? '')?.isPlain)) return lines
  return lines.map((line, index) => {
    const [, label, value] = labeled[index] ?? []
    return label === undefined ? line : `${label.replaceAll(' ', '_')}=${value}\n`
  })
}

/** Line for line. In a section of an INI file each name begins with the section's. */
function withoutShells(text: string): string {
  let section = ''
  return withoutLabels(text.replaceAll(/\r\n?/g, '\n').split(/(?<=\n)/))
    .map((line) => {
      const content = line.trim()
      if (content === '') return line
      const named = SECTION.exec(content)
      if (named !== null) {
        section = `${named[1]?.replace(/[^\w]/g, '_')}_`
        return '\n'
      }
      const way = WAYS.find(([pattern]) => pattern.test(content))
      const rewritten = way === undefined ? content : content.replace(way[0], way[1])
      const ended = AFTER_QUOTES.exec(rewritten)?.[1] ?? rewritten
      if (section === '' && ended === content) return line
      return `${section !== '' && /^[\w.-]+[ \t]*=/.test(ended) ? section : ''}${ended}\n`
    })
    .join('')
}
