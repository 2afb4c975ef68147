// What an Electron app and its tests need of a Linux machine, and which Debian packages bring it.

/**
 * @typedef {object} Need
 * @property {'library' | 'command'} kind
 * @property {readonly string[]} anyOf  one of these sonames or commands is enough
 * @property {readonly string[]} packages  one of them brings it: newer Debian and Ubuntu names first
 */

/** Electron with a window. */
export const windowNeeds = [
  library('libgtk-3.so.0', 'libgtk-3-0t64', 'libgtk-3-0'),
  library('libnss3.so', 'libnss3'),
  library('libasound.so.2', 'libasound2t64', 'libasound2'),
  library('libgbm.so.1', 'libgbm1'),
  library('libXss.so.1', 'libxss1'),
  library('libnotify.so.4', 'libnotify4'),
  library('libsecret-1.so.0', 'libsecret-1-0'),
]

/** A display where there is none. */
export const displayNeeds = [command(['xvfb-run'], 'xvfb'), command(['xauth'], 'xauth')]

/** A session bus and a real keyring on it. */
export const keyringNeeds = [
  command(['dbus-run-session'], 'dbus'),
  command(['dbus-launch'], 'dbus-x11'),
  command(['gnome-keyring-daemon'], 'gnome-keyring'),
]

/** A real browser for the consent page. */
export const browserNeeds = [command(['chromium', 'chromium-browser', 'google-chrome'], 'chromium')]

/**
 * @param {string} soname
 * @param {readonly string[]} packages
 * @returns {Need}
 */
function library(soname, ...packages) {
  return { kind: 'library', anyOf: [soname], packages }
}

/**
 * @param {readonly string[]} anyOf
 * @param {readonly string[]} packages
 * @returns {Need}
 */
function command(anyOf, ...packages) {
  return { kind: 'command', anyOf, packages }
}
