// Mounts of a file: whether it is a mount of its own, or mounted on its own somewhere else, as container tools do with a
// file that is given to a container. Linux only, by proc_pid_mountinfo(5).
import { readdir, readFile, readlink } from 'node:fs/promises'
import { dirname } from 'node:path'

interface Mount {
  /** Of the file system: major:minor, which for some is not the device of its files. */
  readonly device: string
  /** What of the file system is mounted, by its path there. */
  readonly root: string
  readonly at: string
}

export interface FileMount {
  /** null: the file itself is the mount. */
  readonly at: string | null
  /** A file that was replaced since is mounted there. */
  readonly isStale: boolean
}

/**
 * null: none is known. Of other mount namespaces only those of this user's processes can be read, or all by root: a
 * container that another user runs is not seen. `target`: by a path without links.
 */
export async function mountOf(target: string): Promise<FileMount | null> {
  if (process.platform !== 'linux') return null
  const own = await mountsOf('self')
  if (own.some(({ at }) => at === target)) return { at: null, isStale: false }
  const holder = foldersFrom(target)
    .map((folder) => own.findLast(({ at }) => at === folder))
    .find((mount) => mount !== undefined)
  if (holder === undefined) return null
  const { device, root, at } = holder
  const inside = `${root === '/' ? '' : root}${target.slice(at === '/' ? 0 : at.length)}`
  for (const mounts of [own, ...(await otherNamespaces())]) {
    for (const mount of mounts) {
      if (mount.device !== device) continue
      if (mount.root === inside) return { at: mount.at, isStale: false }
      if (mount.root === `${inside}${REPLACED}`) return { at: mount.at, isStale: true }
    }
  }
  return null
}

/** What the kernel adds to the path of a file that has no name any more. */
const REPLACED = '//deleted'

function foldersFrom(path: string): readonly string[] {
  const parent = dirname(path)
  return parent === path ? [path] : [path, ...foldersFrom(parent)]
}

async function otherNamespaces(): Promise<readonly (readonly Mount[])[]> {
  const names = await readdir('/proc').catch(() => [])
  const processes = names.filter((name) => /^\d+$/.test(name))
  const namespaces = new Map<string, string>()
  const own = await namespaceOf('self')
  await Promise.all(
    processes.map(async (id) => {
      const namespace = await namespaceOf(id)
      if (namespace !== null && namespace !== own) namespaces.set(namespace, id)
    }),
  )
  return Promise.all([...namespaces.values()].map(mountsOf))
}

/** null: gone, or not to be read. */
function namespaceOf(process: string): Promise<string | null> {
  return readlink(`/proc/${process}/ns/mnt`).catch(() => null)
}

async function mountsOf(process: string): Promise<readonly Mount[]> {
  const text = await readFile(`/proc/${process}/mountinfo`, 'utf8').catch(() => '')
  return text.split('\n').flatMap((line) => {
    const [, , device, root, at] = line.split(' ')
    if (device === undefined || root === undefined || at === undefined) return []
    return [{ device, root: unescaped(root), at: unescaped(at) }]
  })
}

/** Space, tab, line feed and backslash are octal. */
function unescaped(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8)))
}
