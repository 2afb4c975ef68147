// Whether a Ctrl-C comes to us, and so to every program of our process group, from the terminal itself. Standard input says
// nothing of it: in `cat list | satm exec …` it is a pipe.
import { readFileSync } from 'node:fs'

/** `streams`: looked at where the system does not tell (it does on Linux). */
export function atKeyboard(
  streams: readonly { readonly isTTY?: boolean }[],
  stat: string | null = ownStat(),
): boolean {
  return stat === null ? streams.some(({ isTTY }) => isTTY === true) : isInForeground(stat)
}

/**
 * proc(5), /proc/pid/stat: after the program's name, which may hold anything, come state, parent, process group, session,
 * terminal (0: none) and the terminal's foreground group.
 */
function isInForeground(stat: string): boolean {
  const [, , group, , terminal, foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return terminal !== '0' && group === foreground
}

function ownStat(): string | null {
  try {
    return readFileSync('/proc/self/stat', 'utf8')
  } catch {
    return null
  }
}
