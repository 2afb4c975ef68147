// The icons the window draws itself, taken from Momentum's set at build time, so that none is fetched while scrolling.
import serviceApps from '@momentum-design/icons/dist/svg/apps-bold.svg?raw'
import down from '@momentum-design/icons/dist/svg/arrow-down-bold.svg?raw'
import back from '@momentum-design/icons/dist/svg/arrow-left-bold.svg?raw'
import close from '@momentum-design/icons/dist/svg/cancel-bold.svg?raw'
import check from '@momentum-design/icons/dist/svg/check-bold.svg?raw'
import good from '@momentum-design/icons/dist/svg/check-circle-filled.svg?raw'
import code from '@momentum-design/icons/dist/svg/code-block-bold.svg?raw'
import copy from '@momentum-design/icons/dist/svg/copy-bold.svg?raw'
import overview from '@momentum-design/icons/dist/svg/dashboard-bold.svg?raw'
import remove from '@momentum-design/icons/dist/svg/delete-bold.svg?raw'
import file from '@momentum-design/icons/dist/svg/document-bold.svg?raw'
import edit from '@momentum-design/icons/dist/svg/edit-bold.svg?raw'
import critical from '@momentum-design/icons/dist/svg/error-legacy-filled.svg?raw'
import toFile from '@momentum-design/icons/dist/svg/export-bold.svg?raw'
import table from '@momentum-design/icons/dist/svg/file-spreadsheet-bold.svg?raw'
import folder from '@momentum-design/icons/dist/svg/folder-bold.svg?raw'
import hide from '@momentum-design/icons/dist/svg/hide-bold.svg?raw'
import information from '@momentum-design/icons/dist/svg/info-circle-bold.svg?raw'
import integration from '@momentum-design/icons/dist/svg/integrations-bold.svg?raw'
import more from '@momentum-design/icons/dist/svg/more-bold.svg?raw'
import pause from '@momentum-design/icons/dist/svg/pause-bold.svg?raw'
import play from '@momentum-design/icons/dist/svg/play-bold.svg?raw'
import add from '@momentum-design/icons/dist/svg/plus-bold.svg?raw'
import open from '@momentum-design/icons/dist/svg/pop-out-bold.svg?raw'
import history from '@momentum-design/icons/dist/svg/recents-bold.svg?raw'
import refresh from '@momentum-design/icons/dist/svg/refresh-bold.svg?raw'
import search from '@momentum-design/icons/dist/svg/search-bold.svg?raw'
import key from '@momentum-design/icons/dist/svg/secure-lock-bold.svg?raw'
import deliver from '@momentum-design/icons/dist/svg/send-bold.svg?raw'
import settings from '@momentum-design/icons/dist/svg/settings-bold.svg?raw'
import shield from '@momentum-design/icons/dist/svg/shield-bold.svg?raw'
import show from '@momentum-design/icons/dist/svg/show-bold.svg?raw'
import test from '@momentum-design/icons/dist/svg/stethoscope-bold.svg?raw'
import view from '@momentum-design/icons/dist/svg/view-list-bold.svg?raw'
import warning from '@momentum-design/icons/dist/svg/warning-filled.svg?raw'
import hook from '@momentum-design/icons/dist/svg/webhook-bold.svg?raw'
import styles from './icon.module.css'

/** A decoration beside words or inside a named button; `size` in rem. */
export function Icon({ name, size = 1 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg
      className={styles.icon}
      aria-hidden="true"
      viewBox="0 0 32 32"
      style={{ width: `${size}rem`, height: `${size}rem` }}
    >
      {pathsOf(name).map((d) => (
        <path key={d} d={d} />
      ))}
    </svg>
  )
}

const drawings = {
  add,
  back,
  check,
  close,
  code,
  copy,
  critical,
  deliver,
  file,
  down,
  edit,
  export: toFile,
  folder,
  good,
  hide,
  history,
  hook,
  information,
  integration,
  key,
  more,
  open,
  overview,
  pause,
  play,
  refresh,
  remove,
  search,
  'service-apps': serviceApps,
  settings,
  shield,
  show,
  table,
  test,
  view,
  warning,
} as const

export type IconName = keyof typeof drawings

/** The `d` of each path of the icon, in its 32 × 32 box. */
function pathsOf(name: IconName): readonly string[] {
  return [...drawings[name].matchAll(/ d="([^"]+)"/g)].map(([, d]) => d ?? '')
}
