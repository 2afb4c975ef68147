// The system's own dialogs for files: the page never learns a path it was not given.
import { BrowserWindow, dialog, type WebContents } from 'electron'

export interface FileFilter {
  readonly name: string
  readonly extensions: readonly string[]
}

/** null: the person chose none. */
export async function fileToOpen(above: WebContents | null, filter: FileFilter): Promise<string | null> {
  const options: Electron.OpenDialogOptions = {
    properties: ['openFile', 'showHiddenFiles'],
    filters: filters(filter),
  }
  const parent = parentOf(above)
  const chosen = await (parent === null
    ? dialog.showOpenDialog(options)
    : dialog.showOpenDialog(parent, options))
  return chosen.canceled ? null : (chosen.filePaths[0] ?? null)
}

/** null: the person chose none. Asks before an existing file is replaced. */
export function fileToSave(
  above: WebContents | null,
  filter: FileFilter,
  name: string,
): Promise<string | null> {
  return chosenPath(above, {
    defaultPath: name,
    filters: filters(filter),
    properties: ['showOverwriteConfirmation', 'createDirectory'],
  })
}

/** A file of which only some lines are changed, there already or not; null: the person chose none. */
export function fileToChange(above: WebContents | null, name: string): Promise<string | null> {
  return chosenPath(above, {
    title: 'Choose a file',
    buttonLabel: 'Choose',
    // macOS and Windows ask before a file is "replaced" all the same.
    message: "Only the token's lines are changed. Everything else in the file stays as it is.",
    defaultPath: name,
    properties: ['createDirectory', 'showHiddenFiles'],
  })
}

async function chosenPath(
  above: WebContents | null,
  options: Electron.SaveDialogOptions,
): Promise<string | null> {
  const parent = parentOf(above)
  const chosen = await (parent === null
    ? dialog.showSaveDialog(options)
    : dialog.showSaveDialog(parent, options))
  return chosen.canceled || chosen.filePath === '' ? null : chosen.filePath
}

function filters({ name, extensions }: FileFilter): Electron.FileFilter[] {
  return [
    { name, extensions: [...extensions] },
    { name: 'All files', extensions: ['*'] },
  ]
}

function parentOf(contents: WebContents | null): BrowserWindow | null {
  return contents === null ? null : BrowserWindow.fromWebContents(contents)
}
