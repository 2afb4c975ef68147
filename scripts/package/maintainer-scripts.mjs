// What a package does on the machine beside copying files: a profile for AppArmor where AppArmor understands it, so that
// Chromium's sandbox works where unprivileged user namespaces are restricted. No repository, no key, no start at login.

const PROFILE = '/usr/lib/service-app-token-manager/apparmor-profile'
const INSTALLED = '/etc/apparmor.d/service-app-token-manager'

/** After the files are there. */
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
`

/** Before the files go, and not at an upgrade. */
export const remove = `if [ -f ${INSTALLED} ]; then
  if command -v apparmor_parser >/dev/null 2>&1; then
    apparmor_parser --remove ${INSTALLED} >/dev/null 2>&1 || true
  fi
  rm -f ${INSTALLED}
fi
`
