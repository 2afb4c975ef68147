// What root makes an ordinary user of: a person of this computer, who reads the checkout and runs the runtime.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { tempFolder } from './support/temp-folder.ts'

const scripts = path.resolve(import.meta.dirname, '../../scripts')

test.runIf(process.platform === 'linux' && process.getuid?.() === 0)(
  'an ordinary user may do what people may, and leaves nothing behind',
  () => {
    const closed = tempFolder()
    const runtime = path.join(closed, 'runtime')
    mkdirSync(runtime, { mode: 0o700 })
    for (const name of ['electron', 'chrome-sandbox']) {
      writeFileSync(path.join(runtime, name), '#!/bin/sh\necho runs\n', { mode: 0o755 })
    }
    chmodSync(closed, 0o700)
    const attempt = (command: string) => `(${command}) >/dev/null 2>&1 && echo yes || echo no`
    const asked = [
      'id -u; id -un; id -G; echo "$HOME"',
      attempt('test -r package.json'),
      attempt('echo new > test/scripts/new'),
      attempt('echo x > node_modules/.vite-temp-test'),
      attempt('echo x > "$HOME/x"'),
      attempt(`ls '${closed}'`),
      attempt('cat /etc/shadow'),
      attempt('unshare --user --map-root-user true'),
      '"$SATM_ELECTRON"',
      'stat -c "%U %a" "$(dirname "$SATM_ELECTRON")/chrome-sandbox"',
      'exit 7',
    ].join('\n')
    const program = `
      import { runAsOrdinaryUser } from ${JSON.stringify(pathToFileURL(path.join(scripts, 'run/ordinary-user.mjs')))}
      const shell = 'process.exit(require("node:child_process").spawnSync("sh", ["-c", process.argv[1]], { stdio: "inherit" }).status)'
      process.exitCode = await runAsOrdinaryUser(${JSON.stringify(path.join(runtime, 'electron'))}, ['-e', shell, ${JSON.stringify(asked)}])
    `
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      ['--input-type=module', '--eval', program],
      { encoding: 'utf8', env: { ...process.env, TMPDIR: closed, XDG_CONFIG_HOME: closed } },
    )
    expect([stderr, status]).toEqual(['', 7])
    const [id = '', name, groups, home = '', ...answers] = stdout.trimEnd().split('\n')
    expect([name, groups, home]).toEqual(['ordinary', id, expect.stringMatching(/^\/.*\/home$/)])
    expect(Number(id)).toBeGreaterThan(1000)
    expect(answers).toEqual(['yes', 'no', 'yes', 'yes', 'no', 'no', 'yes', 'runs', 'root 4755'])
    expect(existsSync(path.dirname(home))).toBe(false)
    expect(readdirSync(path.resolve(scripts, '../node_modules'))).not.toContain('.vite-temp-test')
  },
)
