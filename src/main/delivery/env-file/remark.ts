// Remarks: what a person should know about a file before a token is written to it.
import type { Folder, Others } from '#base/node/folder-access.ts'
import type { FileOddity } from '#engine/domain/delivery-spec.ts'

/** In the way however much a person wants it; another file, or a change to this one, is needed. */
export type Obstacle =
  | 'path'
  | 'not-a-file'
  | 'broken-link'
  | 'folder-missing'
  | 'no-access'
  | 'read-only'
  | 'access-list'
  | 'too-big'
  | 'content'

export interface EnvFileRemark {
  readonly kind: FileOddity | Obstacle
  /** What a person confirms; null: it cannot be confirmed. */
  readonly confirm: FileOddity | null
  /** What is odd and what to do. Holds paths and names, never a value. */
  readonly sentence: string
}

/** More than any env file; still edited in a moment. */
export const LARGEST_FILE = 16 * 1024 * 1024

export function obstacle(kind: Obstacle, sentence: string): EnvFileRemark {
  return { kind, confirm: null, sentence }
}

export function oddity(kind: FileOddity, sentence: string): EnvFileRemark {
  return { kind, confirm: kind, sentence }
}

export function notAbsolute(path: string): EnvFileRemark {
  return obstacle('path', `${JSON.stringify(path)} is not a whole path. Give the path from the root on.`)
}

/** What stands where a file should. */
export type NoFile = 'folder' | 'pipe' | 'socket' | 'device'

export function notAFile(path: string, what: NoFile): EnvFileRemark {
  return obstacle('not-a-file', `${path} is a ${what}, not a file. Choose a file.`)
}

export function brokenLink(path: string): EnvFileRemark {
  return obstacle(
    'broken-link',
    `${path} is a link that leads in a circle. Remove it, or choose another file.`,
  )
}

export function linkTo(path: string, target: string): EnvFileRemark {
  return oddity(
    'symlink',
    `${path} is a link to ${target}. Confirm to write the file it leads to; the link stays as it is.`,
  )
}

export function hardLinks(path: string, names: number): EnvFileRemark {
  return oddity(
    'hard-links',
    `${path} has ${names} names (hard links). Confirm to write it under this name only; under the others it keeps its old content.`,
  )
}

/** `canKeep`: this account may give files away. */
export function otherOwner(path: string, uid: number, canKeep: boolean): EnvFileRemark {
  const then = canKeep ? 'it stays theirs' : 'it will be yours'
  return oddity(
    'other-owner',
    `${path} belongs to another user (ID ${uid}). Confirm to write it all the same; ${then}.`,
  )
}

/** `mode`: the permission bits. */
export function readableByOthers(path: string, mode: number): EnvFileRemark {
  return oddity(
    'readable-by-others',
    `${path} can be read by other users of this computer (mode ${octal(mode)}). Run "chmod 600" on it, or confirm to put the token there all the same.`,
  )
}

export function openFolder(folder: Folder, who: Others): EnvFileRemark {
  const { path, uid, mode } = folder
  const whose = {
    everybody: `Every user of this computer can change ${path} (mode ${octal(mode)})`,
    group: `Other users of this computer can change ${path} (mode ${octal(mode)}, by its group or access control list)`,
    owner: `${path} belongs to another user (ID ${uid})`,
  }[who]
  return oddity(
    'open-folder',
    `${whose}, so another file could be put in the place of this one. Choose a folder of your own, or confirm to put the token there all the same.`,
  )
}

export function attributesLost(path: string): EnvFileRemark {
  return oddity(
    'attributes',
    `${path} may have extended attributes, which cannot be copied here. Confirm to write it without them, or choose another file.`,
  )
}

/** `at`: where else the file is seen; null: the path itself is the mount. `isStale`: an older file is seen there. */
export function mounted(path: string, at: string | null, isStale: boolean): EnvFileRemark {
  const what =
    at === null
      ? `${path} is a mount of its own, as in a container, so no new file can take its place`
      : `${path} is mounted at ${at}, as in a container, where a new file in its place would not be seen`
  const stale = isStale ? ' The mount still has an older file: restart the container.' : ''
  return oddity(
    'mounted',
    `${what}.${stale} Mount its folder instead, or confirm to write into the file itself.`,
  )
}

/** `what`: how it differs. */
export function changed(what: string): EnvFileRemark {
  return oddity('changed', `${what} Undo that, or confirm it.`)
}

export function folderMissing(folder: string): EnvFileRemark {
  return obstacle(
    'folder-missing',
    `The folder ${folder} is not there. Create it or connect its disk, or choose another file.`,
  )
}

export function readOnly(path: string, mode: number): EnvFileRemark {
  return obstacle(
    'read-only',
    `${path} is marked as read-only (mode ${octal(mode)}). Run "chmod u+w" on it, or choose another file.`,
  )
}

export function rightsUnknown(path: string): EnvFileRemark {
  return obstacle(
    'access-list',
    `${path} or its folder may have an access control list, which could not be copied. Install the package "acl" (getfacl, setfacl), or run "chmod 600" on the file.`,
  )
}

export function noAccess(path: string): EnvFileRemark {
  return obstacle(
    'no-access',
    `Your account may not write ${path}. Change its permissions, or choose another file.`,
  )
}

export function tooBig(path: string): EnvFileRemark {
  const limit = LARGEST_FILE / 1024 / 1024
  return obstacle(
    'too-big',
    `${path} is larger than ${limit} MB, so it is hardly an env file. Choose another file.`,
  )
}

export function trackedByGit(path: string): EnvFileRemark {
  return oddity(
    'git',
    `${path} is tracked by Git, so the next commit would contain the token. Run "git rm --cached" on it and add it to .gitignore, or confirm to write it anyway.`,
  )
}

export function notIgnoredByGit(path: string): EnvFileRemark {
  return oddity(
    'git',
    `${path} is in a Git repository and not ignored, so a commit could contain the token. Add it to .gitignore, or confirm to write it anyway.`,
  )
}

export function gitUnknown(path: string): EnvFileRemark {
  return oddity(
    'git',
    `${path} is in a Git repository, and Git could not be asked whether it is ignored. Make sure that .gitignore names it, then confirm.`,
  )
}

export function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0')
}
