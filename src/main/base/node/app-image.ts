// AppImage: which file this program runs from, where that is one.
import { realpathSync } from 'node:fs'
import path from 'node:path'

type Env = Readonly<Record<string, string | undefined>>

/** Ends the name of the version before an update, which is kept until the new one has started. */
export const PREVIOUS = '.previous'

/**
 * The file to start again, which the previous version has given back its name by then; null: this is no AppImage. `APPIMAGE` and `APPDIR` (docs.appimage.org, "Environment variables")
 * are inherited by every program that an AppImage starts, so they count only where the executable is in that image.
 */
export function appImageOf(env: Env, executable: string): string | null {
  const { APPIMAGE: image, APPDIR: folder } = env
  if (!image || !folder || !path.isAbsolute(image)) return null
  if (!executable.startsWith(`${realOf(folder)}${path.sep}`)) return null
  return image.endsWith(PREVIOUS) ? image.slice(0, -PREVIOUS.length) : image
}

/**
 * The environment for the program that is started next, without what leads into this image: once it is no longer mounted,
 * any user may create a folder of that name, and libraries would be loaded from there.
 */
export function outsideAppImage(env: Env): Record<string, string> {
  const { APPIMAGE: _image, APPDIR: folder, ARGV0: _name, OWD: _from, ...rest } = env
  const isInside = (part: string) => Boolean(folder) && `${part}/`.startsWith(`${folder}/`)
  const cleaned = Object.entries(rest).flatMap(([name, value = '']) => {
    const parts = value.split(':')
    const kept = parts.filter((part) => !isInside(part))
    if (kept.length === parts.length) return [[name, value]]
    return kept.length === 0 ? [] : [[name, kept.join(':')]]
  })
  return Object.fromEntries(cleaned)
}

function realOf(folder: string): string {
  try {
    return realpathSync.native(folder)
  } catch {
    return folder
  }
}
