// Cloud messages: why nothing runs because of the Webex cloud, and what to do about it.
import type { StoredCloud } from '#vault/repositories/cloud.ts'
import { isWebexsOwn } from '#webex/base-url.ts'
import type { CloudSource } from './settings.ts'

const NOT_WEBEXS_OWN = "not one of Webex's own addresses"

interface CloudInForce {
  /** The base URL in force. */
  readonly current: string
  readonly source: CloudSource
  /** There is no window, and a start has other options. */
  readonly isServer: boolean
}

type Why = Extract<StoredCloud, { kind: 'unknown' }>['why']

export function mismatchSentence(
  parts: CloudInForce & { readonly baseUrl: string; readonly restored: boolean },
): string {
  const { baseUrl, restored, source, isServer } = parts
  const theirs = restored ? 'came with a restored backup and belong' : 'belong'
  const foreign = restored && !isWebexsOwn(baseUrl) ? `, which is ${NOT_WEBEXS_OWN},` : ','
  const then = isServer
    ? wayOutOnServer(restored, baseUrl)
    : restored
      ? wayOutOfRestored(source, baseUrl)
      : wayOutOf(source, baseUrl)
  return `The service apps in this folder ${theirs} to ${baseUrl}${foreign} but ${saidBy(parts)}. Nothing was started, so no credential was sent. ${then}`
}

export function unknownSentence(
  parts: CloudInForce & { readonly why: Why; readonly note: string | null },
): string {
  const { why, note, current, source, isServer } = parts
  const causes: Record<Why, string> = {
    'never-recorded':
      note === null
        ? 'neither the data file nor the settings file names it'
        : note === current
          ? `only the settings file names it, and ${note} is ${NOT_WEBEXS_OWN}`
          : `the settings file notes ${note}, but ${saidBy(parts)}`,
    restored: 'the restored backup does not name it',
    altered: 'its record in the data file is damaged or was altered',
  }
  const then = isServer
    ? 'Open this data in the app, on a desktop, and confirm there the cloud in which they were added: their client secrets are sent to it.'
    : source === 'demo'
      ? 'Start the app without --demo.'
      : `Confirm the cloud in which they were added: their client secrets are sent to it.${source === 'variable' ? ' For another cloud, start the app without SATM_WEBEX_BASE_URL.' : ' For a cloud that is not listed, start the app with SATM_WEBEX_BASE_URL.'}`
  return `The Webex cloud of the service apps in this folder is unknown: ${causes[why]}. Nothing was started, so no credential was sent. ${then}`
}

function saidBy({ current, source }: CloudInForce): string {
  const said: Record<CloudSource, string> = {
    demo: '--demo starts with a simulated Webex',
    variable: `SATM_WEBEX_BASE_URL is set to ${current}`,
    setting: `the setting is ${current}`,
    'invalid-setting': 'the address in the settings file is not valid',
    'unreadable-file': `the settings file could not be read, so the default, ${current}, is in force`,
    usual: `the settings file is missing or names no cloud, so the default, ${current}, is in force`,
  }
  return said[source]
}

function wayOutOf(source: CloudSource, baseUrl: string): string {
  switch (source) {
    case 'demo':
      return 'Start the app without --demo, or start the demo with another folder (--user-data-dir).'
    case 'variable':
      return `Start the app without SATM_WEBEX_BASE_URL or with ${baseUrl} in it, or use another folder (--user-data-dir).`
    default:
      return `Set the cloud to ${baseUrl} again, or use another folder (--user-data-dir) for another cloud.`
  }
}

function wayOutOnServer(restored: boolean, baseUrl: string): string {
  return restored
    ? `Set SATM_WEBEX_BASE_URL to ${baseUrl} only if you know this address, or restore another backup.`
    : `Set SATM_WEBEX_BASE_URL to ${baseUrl}, or use another folder (--data-folder) for another cloud.`
}

/** Whoever made the backup chose its address. */
function wayOutOfRestored(source: CloudSource, baseUrl: string): string {
  switch (source) {
    case 'demo':
      return 'Start the app without --demo, or restore another backup.'
    case 'variable':
      return `Restore another backup, or start the app without SATM_WEBEX_BASE_URL. Set it to ${baseUrl} only if you know this address.`
    default:
      return `Use ${baseUrl} only if you know this address, or restore another backup.`
  }
}
