// What the app is built with instead of a JSON schema compiler. electron-store brings one for stores with a schema; ours
// has none, and a third of what main reads at each start would be that compiler.
export class Ajv2020 {
  constructor() {
    throw new Error('The preferences have no JSON schema: read them with readPreferences.')
  }
}

/** ajv-formats, for the compiler above; in the server semver as well, which compares versions for migrations that ours has none of. */
export default {}
