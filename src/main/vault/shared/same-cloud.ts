// Same cloud: credentials and tokens of one Webex cloud are never sent to another.
import { StoreFailure } from '#engine/domain/ports.ts'
import type { CloudRow } from '../repositories/cloud.ts'

export class OtherCloud extends StoreFailure {
  constructor(there: string | null, here: string) {
    super(
      'shared',
      there === null
        ? 'The Webex cloud of the shared vault is not known. Move its service apps out, and in again.'
        : `The shared vault belongs to another Webex cloud (${there}) than this computer is set to (${here}). Choose that cloud under Settings.`,
    )
  }
}

/** `here`: the base URL in force. It becomes the vault's where that has never had one. Rejects with an `OtherCloud`. */
export async function proveSameCloud(cloud: CloudRow, here: string): Promise<void> {
  let there = await cloud.load()
  if (there.kind === 'unknown' && there.why === 'never-recorded') {
    await cloud.record(here, 'where-never-recorded')
    // Another computer may have been first.
    there = await cloud.load()
  }
  const known = there.kind === 'known' ? there.baseUrl : null
  if (known !== here) throw new OtherCloud(known, here)
}
