// What the server is built with instead of electron-store: the store that electron-store extends, by the same name of the file.
import Conf from 'conf'

export default class PlainStore extends Conf {
  /** @param {{ name: string, cwd: string } & import('conf').Options<Record<string, unknown>>} options */
  constructor({ name, ...options }) {
    super({ ...options, configName: name })
  }
}
