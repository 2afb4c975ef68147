// Shell completion: the candidates for the next word, and the scripts that make a shell request them.
import { type CommandName, commandNames, commands } from './command-table.ts'
import { COMMON, COMPLETED_SHELLS, type CompletedShell, type OptionName, options } from './option-table.ts'

/** `words` are those after `satm`; the last is being typed. `profiles` is asked only when names may come. */
export async function completions(
  words: readonly string[],
  profiles: () => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const typed = words.at(-1) ?? ''
  const before = words.slice(0, -1)
  // What comes after it is another program's.
  if (before.includes('--')) return []
  const given = positionals(before)
  const command = commandNames.find((name) => name === given[0]) ?? null
  const open = optionOf(before.at(-1))
  if (open !== null && options[open].value !== null)
    return startingWith(typed, await valuesOf(open, command, typed, profiles))
  if (open === 'json' && command !== null && typed !== '') {
    const fields = startingWith(typed, nextInList(typed, commands[command].fields ?? []))
    if (fields.length > 0) return fields
  }
  const candidates = typed.startsWith('-')
    ? optionsOf(command, before)
    : await argumentsOf(command, given.length, before, profiles)
  return startingWith(typed, candidates)
}

const startingWith = (typed: string, candidates: readonly string[]) =>
  candidates.filter((candidate) => candidate.startsWith(typed))

async function valuesOf(
  option: OptionName,
  command: CommandName | null,
  typed: string,
  profiles: () => Promise<readonly string[]>,
): Promise<readonly string[]> {
  if (option === 'as') return (await profiles()).map((name) => `${name}=`)
  if (option === 'service-app') return profiles()
  const choices = options[option].choices ?? []
  if (option === 'state') return nextInList(typed, choices)
  // It is no table.
  return option === 'output' && command === 'status' ? choices.filter((one) => one !== 'csv') : choices
}

/** Of a list with commas the last one is being typed; none comes twice. */
function nextInList(typed: string, known: readonly string[]): readonly string[] {
  const before = typed.slice(0, typed.lastIndexOf(',') + 1)
  const given = before.split(',')
  return known.filter((one) => !given.includes(one)).map((one) => `${before}${one}`)
}

/** Without those that are given, or that exclude one that is. */
function optionsOf(command: CommandName | null, before: readonly string[]): readonly string[] {
  const own = command === null ? (['version'] as const) : commands[command].options
  const given = before.flatMap((word) => optionOf(word) ?? [])
  const excluded = given.flatMap((name) => EXCLUDED_BY[name] ?? [])
  return [...own, ...COMMON]
    .filter((name) => options[name].isRepeated === true || ![...given, ...excluded].includes(name))
    .map((name) => `--${name}`)
}

const EXCLUDED_BY: Readonly<Partial<Record<OptionName, readonly OptionName[]>>> = {
  check: ['watch'],
  watch: ['check'],
  quiet: ['output', 'json'],
  output: ['json', 'quiet'],
  json: ['output', 'quiet'],
}

async function argumentsOf(
  command: CommandName | null,
  given: number,
  before: readonly string[],
  profiles: () => Promise<readonly string[]>,
): Promise<readonly string[]> {
  if (given === 0) return commandNames
  if (command === null) return []
  const { takes, actions = [] } = commands[command]
  // An edited or removed delivery is named by its ID.
  if (takes === 'action-and-profile' && given === 2)
    return before.includes('edit') || before.includes('remove') ? [] : profiles()
  // The shell completes files itself.
  if (takes === 'file' || takes === 'ids') return []
  if (takes === 'nothing' || given > 1) return takes === 'profile-and-command' && given === 2 ? ['--'] : []
  if (actions.length > 0) return actions
  if (takes === 'shell') return COMPLETED_SHELLS
  return before.includes('--all') ? [] : profiles()
}

/** Without options and their values. */
function positionals(words: readonly string[]): readonly string[] {
  return words.filter((word, index) => {
    if (word.startsWith('-')) return false
    const option = optionOf(words[index - 1])
    return option === null || options[option].value === null
  })
}

function optionOf(word: string | undefined): OptionName | null {
  const names = Object.keys(options) as OptionName[]
  return names.find((name) => word === `--${name}` || word === `-${options[name].short}`) ?? null
}

/**
 * Bash breaks words at more than blanks (COMP_WORDBREAKS has `@`, `:`, `=`): adjacent words are joined again for
 * satm, and of its answers only what comes after the break is given back, since only that is replaced. Without mapfile,
 * which the bash of macOS has not.
 */
const BASH = `# Completion of satm for bash.
# What is meant by a word as it was typed: bare=the text, quote=the quote that is still open.
_satm_read() {
  local char i
  bare='' quote=''
  for ((i = 0; i < \${#1}; i++)); do
    char=\${1:i:1}
    if [[ $char == "$quote" ]]; then
      quote=''
    elif [[ -z $quote && ( $char == '"' || $char == "'" ) ]]; then
      quote=$char
    elif [[ $char == \\\\ && $quote != "'" ]]; then
      i=$((i + 1))
      bare+=\${1:i:1}
    else
      bare+=$char
    fi
  done
}
_satm() {
  local each bare quote typed kept at=0 i rest=$COMP_LINE
  local -a words=() asked=()
  for ((i = 0; i <= COMP_CWORD; i++)); do
    each=\${rest#"\${rest%%[![:blank:]]*}"}
    if [[ $i -gt 0 && $each == "$rest" ]]; then
      words[\${#words[@]}-1]+=\${COMP_WORDS[i]}
    else
      at=$((\${#COMP_LINE} - \${#each}))
      words+=("\${COMP_WORDS[i]}")
    fi
    rest=\${each#"\${COMP_WORDS[i]}"}
  done
  typed=\${COMP_LINE:at:COMP_POINT-at}
  words[\${#words[@]}-1]=$typed
  for each in "\${words[@]:1}"; do
    _satm_read "$each"
    asked+=("$bare")
  done
  _satm_read "\${typed%"$2"}"
  kept=$bare
  _satm_read "$typed"
  COMPREPLY=()
  while IFS= read -r each; do
    each=\${each:\${#kept}}
    if [[ -z $quote ]]; then
      COMPREPLY+=("$(printf '%q' "$each")")
    elif [[ $each != *[\\\\\\"\\'\\$\\\`!]* ]]; then
      # Nothing in it means anything between quotes.
      COMPREPLY+=("$each")
    fi
  done < <(satm __complete "\${asked[@]}" 2>/dev/null)
}
complete -o default -F _satm satm
`

const ZSH = `#compdef satm
# Completion of satm for zsh.
_satm() {
  local -a found
  found=("\${(@f)$(satm __complete "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${found[1]}" ]]; then
    compadd -- "\${found[@]}"
  else
    _files
  fi
}
if [[ $funcstack[1] == _satm ]]; then
  # Loaded from a folder of $fpath, at the first completion.
  _satm "$@"
else
  compdef _satm satm
fi
`

const FISH = `# Completion of satm for fish.
function __satm_complete
  set -l words (commandline -opc) (commandline -ct)
  satm __complete $words[2..-1] 2>/dev/null
end
complete -c satm -e
complete -c satm -n 'not contains -- -- (commandline -opc); and not contains import (commandline -opc)' -f -a '(__satm_complete)'
`

const SCRIPTS: Readonly<Record<CompletedShell, string>> = { bash: BASH, zsh: ZSH, fish: FISH }

export const completionScript = (shell: CompletedShell): string => SCRIPTS[shell]
