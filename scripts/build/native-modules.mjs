// What stays outside the bundles: native code cannot be bundled, so its package is resolved at run time.
export const nativeModules = ['libsql']
