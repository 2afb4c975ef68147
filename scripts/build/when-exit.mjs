// What the app is built with instead of when-exit, which electron-store's file writer uses to remove its temporary files.
// It answers signals by killing the process; here Chromium turns them into a quit in order, and an exit follows.

/** @param {() => void} callback */
export default function whenExit(callback) {
  process.once('exit', callback)
}
