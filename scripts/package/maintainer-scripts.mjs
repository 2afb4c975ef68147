// What a package does on the machine beside copying files: a profile for AppArmor where AppArmor understands it, so that
// Chromium's sandbox works where unprivileged user namespaces are restricted, and the user of the server. No repository, no
// key, no start at login; the server's unit is neither enabled nor started.

const PROFILE = '/usr/lib/service-app-token-manager/apparmor-profile'
const INSTALLED = '/etc/apparmor.d/service-app-token-manager'
const UNIT = 'satm.service'

/** After the files are there. Without systemd there is no unit, and nobody to run it as. */
export const configure = `if command -v apparmor_parser >/dev/null 2>&1 && [ -d /etc/apparmor.d ]; then
  if apparmor_parser --skip-kernel-load --skip-cache ${PROFILE} >/dev/null 2>&1; then
    cp ${PROFILE} ${INSTALLED}
    # It fails where the kernel has no AppArmor, as in a container.
    apparmor_parser --replace --write-cache --skip-read-cache ${INSTALLED} >/dev/null 2>&1 || true
  else
    # An older AppArmor would complain of it at each start of the system.
    rm -f ${INSTALLED}
  fi
fi
if command -v systemd-sysusers >/dev/null 2>&1; then
  systemd-sysusers satm.conf || true
fi
`

/** Before the files go, and not at an upgrade. A unit that was enabled leaves no link to nowhere. */
export const remove = `if [ -f ${INSTALLED} ]; then
  if command -v apparmor_parser >/dev/null 2>&1; then
    apparmor_parser --remove ${INSTALLED} >/dev/null 2>&1 || true
  fi
  rm -f ${INSTALLED}
fi
rm -f /etc/systemd/system/multi-user.target.wants/${UNIT}
`

/** After the files have changed or are gone: systemd reads its units anew. */
export const reloadUnits = whereSystemdRuns('systemctl --system daemon-reload >/dev/null || true')

/**
 * At an upgrade a server that runs is restarted, and one that does not run is left alone.
 * @param {string} systemctl what calls it
 */
export const restartServer = (systemctl) =>
  whereSystemdRuns(`${systemctl} try-restart ${UNIT} >/dev/null || true`)

/** @param {string} systemctl what calls it */
export const stopServer = (systemctl) => whereSystemdRuns(`${systemctl} stop ${UNIT} >/dev/null || true`)

/** Neither removing nor purging a package may lose refresh tokens. */
export const nameWhatStays = `if [ -d /var/lib/satm ]; then
  echo "The server's data stays in /var/lib/satm. To delete it for good: rm -r /var/lib/satm" >&2
fi
`

/** @param {string} command */
function whereSystemdRuns(command) {
  return `if [ -d /run/systemd/system ]; then\n  ${command}\nfi\n`
}
