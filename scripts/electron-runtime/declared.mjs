// What the Electron of package.json is made of, by its release notes (https://releases.electronjs.org): for the tests that run
// on these parts where it cannot be fetched.

export const declared = Object.freeze({
  electron: '45.4.1',
  /** The majors. */
  chromium: 156,
  node: 24,
})
