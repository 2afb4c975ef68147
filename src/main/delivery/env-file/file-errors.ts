// File errors: what a failed call to the file system means for a person, and what to do.

export function codeOf(error: unknown): string {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : 'unknown'
}

/** One sentence or two: what happened, what to do. `path`: the env file. */
export function failureSentence(error: unknown, path: string): string {
  switch (codeOf(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return `The disk with ${path} is full. Free some space; the file was not changed.`
    case 'EROFS':
      return `The disk with ${path} can only be read. Make it writable, or choose another file.`
    case 'EACCES':
    case 'EPERM':
      // Windows says so of a file that is open elsewhere, too.
      if (process.platform === 'win32') {
        return `${path} may not be written now. Close the program that has it open, or change its permissions.`
      }
      return `Your account may not write ${path} or its folder. Change the permissions, or choose another file.`
    case 'EBUSY':
    case 'ETXTBSY':
      return `Another program is using ${path}. Close it; the file was not changed.`
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ESTALE':
    case 'ENODEV':
    case 'ENXIO':
    case 'ENOTCONN':
      return `The folder of ${path} is not there anymore. Create it or connect its disk, or choose another file.`
    case 'ENAMETOOLONG':
      return `The path ${path.slice(0, 80)}… is too long for its disk. Choose a shorter one.`
    case 'EIO':
      return `The disk with ${path} reports an error. Check the disk, or choose another file.`
    case 'EMFILE':
    case 'ENFILE':
      return `Too many files are open to write ${path}. Close some programs.`
    default:
      return `${path} could not be written (${codeOf(error)}). Choose another file if this does not pass.`
  }
}
