// What an Electron app and its tests need of a Linux machine, and which Debian packages bring it.

/**
 * @typedef {object} Need
 * @property {'library' | 'command' | 'file'} kind
 * @property {readonly string[]} anyOf  one of these sonames, commands or paths is enough
 * @property {readonly string[]} packages  one of them brings it: newer Debian and Ubuntu names first
 */

/** Electron with a window, and the way from it to the system's browser. */
export const windowNeeds = [
  library('libgtk-3.so.0', 'libgtk-3-0t64', 'libgtk-3-0'),
  library('libnss3.so', 'libnss3'),
  library('libasound.so.2', 'libasound2t64', 'libasound2'),
  library('libgbm.so.1', 'libgbm1'),
  library('libXss.so.1', 'libxss1'),
  library('libnotify.so.4', 'libnotify4'),
  library('libsecret-1.so.0', 'libsecret-1-0'),
  command(['xdg-open'], 'xdg-utils'),
]

/** A desktop of its own where there is none, or not to disturb the one there is: X server, bus, keyring. */
export const privateDesktopNeeds = [
  command(['xvfb-run'], 'xvfb'),
  command(['xauth'], 'xauth'),
  command(['dbus-run-session'], 'dbus'),
  command(['dbus-launch'], 'dbus-x11'),
  command(['gnome-keyring-daemon'], 'gnome-keyring'),
]

/** A real browser for the consent page. */
export const browserNeeds = [command(['chromium'], 'chromium')]

/**
 * The desktop's side of D-Bus, played by a program.
 * @type {readonly Need[]}
 */
export const busNeeds = [
  { kind: 'file', anyOf: ['/usr/lib/python3/dist-packages/dbusmock'], packages: ['python3-dbusmock'] },
]

/** For each kind of package, what makes it. */
export const debNeeds = [command(['dpkg-deb'], 'dpkg'), command(['dpkg-shlibdeps'], 'dpkg-dev')]
export const rpmNeeds = [command(['rpmbuild'], 'rpm')]
export const imageNeeds = [command(['mksquashfs'], 'squashfs-tools')]

/** What examines packages, and what an empty Debian to install them in is made with. */
export const packageTestNeeds = [
  command(['lintian'], 'lintian'),
  command(['rpmlint'], 'rpmlint'),
  command(['appstreamcli'], 'appstream'),
  command(['desktop-file-validate'], 'desktop-file-utils'),
  command(['debootstrap'], 'debootstrap'),
  command(['setpriv'], 'util-linux'),
]

/** What boots an empty Debian and looks into it, and what reads Kubernetes manifests. */
export const serverTestNeeds = [
  command(['debootstrap'], 'debootstrap'),
  command(['nsenter'], 'util-linux'),
  command(['kubectl'], 'kubernetes-client'),
  command(['openssl'], 'openssl'),
]

/** The command line tools of secret stores that Debian has. Those of Vault and OpenBao it has not. */
export const storeNeeds = [
  command(['kubectl'], 'kubernetes-client'),
  command(['aws'], 'awscli'),
  command(['gh'], 'gh'),
]

/**
 * A database server of its own for each test that wants one; Debian keeps each version in a folder of its own.
 * @type {readonly Need[]}
 */
export const databaseNeeds = [
  {
    kind: 'file',
    anyOf: ['18', '17', '16', '15', '14'].map((version) => `/usr/lib/postgresql/${version}/bin/postgres`),
    packages: ['postgresql'],
  },
  command(['age'], 'age'),
]

/**
 * What tests start: a browser, what starts and checks desktop entries, a certificate maker, what a shell asks HTTP with, another
 * program's clipboard, what strikes keys and lays them out, what sets access control lists, what reads units of systemd,
 * the desktop's side of D-Bus, a PostgreSQL, and what opens files of age.
 * @type {readonly Need[]}
 */
export const testNeeds = [
  ...browserNeeds,
  command(['gio'], 'libglib2.0-bin'),
  command(['desktop-file-validate'], 'desktop-file-utils'),
  command(['openssl'], 'openssl'),
  command(['certutil'], 'libnss3-tools'),
  command(['curl'], 'curl'),
  command(['script'], 'bsdutils'),
  command(['systemd-analyze'], 'systemd'),
  command(['fish'], 'fish'),
  command(['zsh'], 'zsh'),
  command(['git'], 'git'),
  command(['xclip'], 'xclip'),
  command(['xdotool'], 'xdotool'),
  command(['setxkbmap'], 'x11-xkb-utils'),
  command(['setfacl'], 'acl'),
  ...busNeeds,
  ...databaseNeeds,
]

/**
 * What shifts the clock of a worker, and what cuts its network.
 * @type {readonly Need[]}
 */
export const sharedNeeds = [
  command(['faketime'], 'faketime'),
  command(['ip'], 'iproute2'),
  command(['nft'], 'nftables'),
]

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
