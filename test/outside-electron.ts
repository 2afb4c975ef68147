// Outside Electron its package gives the path of the binary. With this it does not go looking for one, so that a module that
// imports `electron` can be loaded for what needs none of it.
const NAME = 'ELECTRON_OVERRIDE_DIST_PATH'
const chosen = process.env[NAME]
process.env[NAME] = '/nowhere'
await import('electron')
if (chosen === undefined) delete process.env[NAME]
else process.env[NAME] = chosen

export {}
