// The switches inside Electron's executable as a release ships them: what an attacker with the person's own rights
// could otherwise make of an app whose keychain access the person has granted.
import { FuseV1Options, FuseVersion, flipFuses } from '@electron/fuses'

/** Asar integrity is checked by Electron on macOS and Windows alone. */
export const releaseFuses = {
  /** `ELECTRON_RUN_AS_NODE` would make a plain Node of it. */
  [FuseV1Options.RunAsNode]: false,
  /** `NODE_OPTIONS=--require …` would load foreign code into it. */
  [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: false,
  /** `--inspect` would open its main process to a debugger. */
  [FuseV1Options.EnableNodeCliInspectArguments]: false,
  /** The app keeps no cookie. On Linux Chromium would ask a locked keyring for this, at the start and past the app. */
  [FuseV1Options.EnableCookieEncryption]: process.platform !== 'linux',
  [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: process.platform !== 'linux',
  /** A folder beside the archive would run in its place. */
  [FuseV1Options.OnlyLoadAppFromAsar]: true,
  [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
  /** Nothing of ours is a file:// page. */
  [FuseV1Options.GrantFileProtocolExtraPrivileges]: false,
}

/**
 * A checkout is a folder and no archive: what names the archive stays off. So the runtime still runs a folder that is
 * named on its command line, which only the package can refuse.
 */
const checkoutFuses = {
  ...releaseFuses,
  [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: false,
  [FuseV1Options.OnlyLoadAppFromAsar]: false,
}

/**
 * @param {string} executable of a copy that is ours
 * @param {NodeJS.Platform} platform
 */
export async function flipCheckoutFuses(executable, platform) {
  const signsAnew = platform === 'darwin' && process.arch === 'arm64'
  await flipFuses(executable, {
    version: FuseVersion.V1,
    resetAdHocDarwinSignature: signsAnew,
    ...checkoutFuses,
  })
}

/** @param {string} executable of a packaged app; it is changed in place, so its signature has to come after */
export async function flipReleaseFuses(executable) {
  await flipFuses(executable, { version: FuseVersion.V1, ...releaseFuses })
}
