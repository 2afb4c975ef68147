// Another program that reads and owns the X11 clipboard, as everything else on a person's desktop does.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

/** Empty where nobody owns the clipboard. */
export async function readByAnother(): Promise<string> {
  const child = spawn('xclip', ['-selection', 'clipboard', '-out'], { stdio: ['ignore', 'pipe', 'ignore'] })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  await ended(child)
  return text
}

/** Resolves when it owns the clipboard; it goes on owning it, in the background, until somebody else copies. */
export async function copyByAnother(text: string): Promise<void> {
  const child = spawn('xclip', ['-selection', 'clipboard', '-in'], { stdio: ['pipe', 'ignore', 'ignore'] })
  child.stdin.end(text)
  await ended(child)
  // xclip goes to the background before the X server has read that it is the owner: without the look,
  // its claim could arrive after the app's own.
  while ((await readByAnother()) !== text);
}

async function ended(child: ChildProcess): Promise<void> {
  child.once('error', () => undefined)
  const [code] = await once(child, 'close')
  if (child.pid === undefined || code === -2) throw new Error('xclip is missing: apt-get install xclip')
}
