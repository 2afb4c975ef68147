// An ordinary user that root makes for one command: Chromium keeps its sandbox, and root's files are root's. The user's
// home, its entry in /etc/passwd and what it sees of root's folders are in a mount namespace, and go with the command.
import { mkdtemp, rmdir } from 'node:fs/promises'
import path from 'node:path'
import { projectRoot } from '../project.mjs'
import { run } from './child.mjs'

/** The last one that Debian gives to people (Debian Policy, section 9.2.2). */
const ID = '59999'
const NAME = 'ordinary'

/**
 * The checkout and the runtime may be in a folder that only root may enter, or be one. Their overlays are the user's own at the top,
 * where tools write; what is written is in memory. Chromium uses its setuid helper where an ordinary user gets no user namespaces.
 */
const SESSION = `
set -e
place=$1 id=$2 name=$3 project=$4 runtime=$5 node=$6; shift 6
mount -t tmpfs -o mode=755 tmpfs "$place"
cd "$place"
owned() { install -d -m 755 -o "$id" -g "$id" "$@"; }
show() {
  mkdir -p "lower/$1" "scratch/$1" "$1"
  mount --bind "$2" "lower/$1"
  mount -t overlay -o "lowerdir=$place/lower/$1,upperdir=$place/upper/$1,workdir=$place/scratch/$1" overlay "$1"
}
owned home upper/runtime upper/project
for written in node_modules node_modules/.vite-temp node_modules/.cache node_modules/.cache/satm-test; do
  owned "upper/project/$written"
done
show project "$project"
show runtime "$runtime"
if [ -f runtime/chrome-sandbox ]; then chown 0:0 runtime/chrome-sandbox; chmod 4755 runtime/chrome-sandbox; fi
mkdir bin; : > bin/node; mount --bind "$node" bin/node
for file in passwd group; do cp "/etc/$file" "$file"; chmod 644 "$file"; mount --bind "$file" "/etc/$file"; done
echo "$name:x:$id:$id::$place/home:/bin/sh" >> passwd
echo "$name:x:$id:" >> group
chmod 700 lower upper scratch
cd project
exec setpriv --reuid "$id" --regid "$id" --clear-groups "$@"
`

/**
 * @param {string} electron the runtime's executable
 * @param {readonly string[]} args a Node program of the project, and its arguments
 * @param {import('./child.mjs').TerminalOptions} [terminal]
 * @returns {Promise<number>} its exit code
 */
export async function runAsOrdinaryUser(electron, args, terminal = {}) {
  // Root's own folder for temporary files may be closed to others.
  const place = await mkdtemp('/tmp/satm-user-')
  const runtime = path.dirname(electron)
  const session = [place, ID, NAME, projectRoot, runtime, process.execPath]
  const env = {
    ...ofEverybody(process.env),
    HOME: path.join(place, 'home'),
    USER: NAME,
    LOGNAME: NAME,
    PATH: `${path.join(place, 'bin')}:${process.env.PATH}`,
    // What this user starts finds no runtime in a cache.
    ELECTRON_OVERRIDE_DIST_PATH: path.join(place, 'runtime'),
    SATM_ELECTRON: path.join(place, 'runtime', path.basename(electron)),
  }
  try {
    const line = ['--mount', 'sh', '-c', SESSION, 'ordinary-user', ...session, 'node', ...args]
    return await run('unshare', line, { ...terminal, env })
  } finally {
    await rmdir(place)
  }
}

/**
 * Without what names root's own folders, session and command.
 * @param {NodeJS.ProcessEnv} env
 */
function ofEverybody(env) {
  const own = /^(XDG_|DBUS_|npm_|SUDO_|(TMPDIR|MAIL|SHELL|SATM_CACHE_DIR|NODE_OPTIONS)$)/
  return Object.fromEntries(Object.entries(env).filter(([name]) => !own.test(name)))
}
