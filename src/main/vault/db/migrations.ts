// The tables, as numbered steps. A step that was ever released is never changed: a new one is added.
import { Connection } from './connection.ts'
import { number } from './row.ts'

/** Names the file as ours to `file` and to us: "SATM". */
export const APPLICATION_ID = 0x5341544d

const TABLES = `
CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE credentials (
  id TEXT PRIMARY KEY,
  app_id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  client_secret BLOB NOT NULL
) STRICT;

CREATE TABLE token_managers (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('integration', 'personal-access-token')),
  name TEXT NOT NULL,
  is_default INTEGER NOT NULL CHECK (is_default IN (0, 1)),
  created_at INTEGER NOT NULL,
  client_id TEXT,
  client_secret BLOB,
  CHECK (kind <> 'integration' OR (client_id IS NOT NULL AND client_secret IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX token_managers_default ON token_managers (is_default) WHERE is_default = 1;

CREATE TABLE profiles (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  service_app_id TEXT NOT NULL REFERENCES credentials (id) DEFERRABLE INITIALLY DEFERRED,
  target_org_id TEXT NOT NULL,
  org_name TEXT,
  manager_id TEXT REFERENCES token_managers (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
  probe TEXT NOT NULL,
  paused INTEGER NOT NULL CHECK (paused IN (0, 1)),
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX profiles_service_app ON profiles (service_app_id);
CREATE INDEX profiles_manager ON profiles (manager_id) WHERE manager_id IS NOT NULL;

CREATE TABLE token_pairs (
  owner_kind TEXT NOT NULL CHECK (owner_kind IN ('profile', 'manager')),
  owner_id TEXT NOT NULL,
  slot TEXT NOT NULL CHECK (slot IN ('current', 'previous') OR slot = 'unreadable:' || pair_id),
  pair_id TEXT NOT NULL,
  origin TEXT NOT NULL,
  access_token BLOB,
  fingerprint TEXT,
  issued_at INTEGER NOT NULL,
  expires_at INTEGER,
  refresh_token BLOB,
  refresh_fingerprint TEXT,
  refresh_issued_at INTEGER,
  refresh_expires_at INTEGER,
  refresh_first_lifetime INTEGER,
  refresh_dead INTEGER CHECK (refresh_dead IN (0, 1)),
  -- Clustered: what a renewal changes lies together, so that its cost does not grow with the fleet.
  PRIMARY KEY (owner_kind, owner_id, slot)
) STRICT, WITHOUT ROWID;

CREATE TABLE attempts (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  subject_kind TEXT NOT NULL CHECK (subject_kind IN ('profile', 'manager')),
  subject_id TEXT NOT NULL,
  name TEXT NOT NULL,
  org_id TEXT,
  trigger TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('renewed', 'unchanged', 'failed')),
  tier INTEGER CHECK (tier IN (1, 2, 3)),
  fingerprint_before TEXT,
  fingerprint_after TEXT,
  sentence TEXT,
  tracking_id TEXT,
  calls TEXT NOT NULL
) STRICT;
CREATE INDEX attempts_time ON attempts (started_at, seq);
CREATE INDEX attempts_subject ON attempts (subject_kind, subject_id, started_at, seq);
CREATE INDEX attempts_outcome ON attempts (outcome, tier, started_at, seq);
CREATE INDEX attempts_outcome_time ON attempts (outcome, started_at, seq);
CREATE INDEX attempts_tier ON attempts (tier, started_at, seq);
CREATE TRIGGER attempts_append_only BEFORE UPDATE ON attempts
BEGIN
  SELECT RAISE(ABORT, 'the history is append-only');
END;
`

const DELIVERY = `
CREATE TABLE delivery_targets (
  id TEXT PRIMARY KEY,
  profile_id TEXT NOT NULL REFERENCES profiles (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  -- Sealed as a whole: a command may hold a secret.
  spec BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  held INTEGER NOT NULL CHECK (held IN (0, 1)),
  delivered_at INTEGER,
  delivered_fingerprint TEXT,
  delivered_refresh_fingerprint TEXT,
  failed_at INTEGER,
  failed_fingerprint TEXT,
  failure TEXT,
  failures INTEGER,
  retry_at INTEGER,
  CHECK ((delivered_at IS NULL) = (delivered_fingerprint IS NULL)),
  CHECK ((failed_at IS NULL) = (failure IS NULL))
) STRICT;
CREATE INDEX delivery_targets_profile ON delivery_targets (profile_id);

CREATE TABLE consumers (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  secret_hash BLOB NOT NULL CHECK (length(secret_hash) = 32),
  -- A JSON list of ids; NULL: all profiles.
  profile_ids TEXT,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER
) STRICT;

CREATE TABLE webhook (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  url BLOB,
  secret BLOB NOT NULL
) STRICT;
`

const DELIVERY_RUNS = `
CREATE TABLE delivery_runs (
  target_id TEXT NOT NULL REFERENCES delivery_targets (id) ON DELETE CASCADE,
  -- In the order in which they ended, whatever the clock said.
  number INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  duration INTEGER NOT NULL,
  trigger TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('delivered', 'failed', 'broken-off')),
  fingerprint TEXT NOT NULL,
  exit_code INTEGER,
  -- Sealed.
  sentence BLOB,
  output BLOB,
  -- Clustered: those of a target lie together, and no other index has to be kept and checked.
  PRIMARY KEY (target_id, number)
) STRICT, WITHOUT ROWID;
`

// Delivery targets have had it since version 2.
const HELD = `
ALTER TABLE consumers ADD COLUMN held INTEGER NOT NULL DEFAULT 0 CHECK (held IN (0, 1));
ALTER TABLE webhook ADD COLUMN held INTEGER NOT NULL DEFAULT 0 CHECK (held IN (0, 1));
`

// NULL: the answer told the token's end, or the pair was stored before; 6 h are taken then.
const RENEW_AFTER = `
ALTER TABLE token_pairs ADD COLUMN renew_after INTEGER;
`

// A code with data, as JSON; NULL: made by an older version.
const RENEWAL_REASON = `
ALTER TABLE attempts ADD COLUMN reason TEXT;
`

// Filled once the data key is known (crypto/rekey.ts), together with the key check that says so; a row without one counts
// as altered from then on. Token pairs bind their columns to their tokens instead.
const SEALS = `
ALTER TABLE credentials ADD COLUMN seal BLOB;
ALTER TABLE token_managers ADD COLUMN seal BLOB;
ALTER TABLE profiles ADD COLUMN seal BLOB;
ALTER TABLE delivery_targets ADD COLUMN seal BLOB;
ALTER TABLE consumers ADD COLUMN seal BLOB;
ALTER TABLE webhook ADD COLUMN seal BLOB;
ALTER TABLE delivery_runs ADD COLUMN seal BLOB;
-- Before, this column in clear had what a failing command printed; its run has that, sealed.
UPDATE delivery_targets SET failure = substr(failure, 1, instr(failure, ' It said: ') - 1)
  WHERE instr(failure, ' It said: ') > 0;
`

// Data sources that are kept alive. Nothing of their tokens is here but when they end.
const DATA_SOURCES = `
CREATE TABLE data_sources (
  id TEXT PRIMARY KEY,
  profile_id TEXT NOT NULL REFERENCES profiles (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  url TEXT,
  kept_since INTEGER NOT NULL,
  issued_at INTEGER,
  expires_at INTEGER,
  lapsed_from INTEGER,
  lapsed_until INTEGER,
  seal BLOB,
  CHECK ((lapsed_from IS NULL) = (lapsed_until IS NULL))
) STRICT;
CREATE INDEX data_sources_profile ON data_sources (profile_id);
`

// NULL: none, as in each row of before, whose seal stays good (see row-seal.ts).
const FALLBACK = `
ALTER TABLE token_managers ADD COLUMN fallback_id TEXT REFERENCES token_managers (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED;
`

export const MIGRATIONS: readonly string[] = [
  TABLES,
  DELIVERY,
  DELIVERY_RUNS,
  HELD,
  RENEW_AFTER,
  RENEWAL_REASON,
  SEALS,
  DATA_SOURCES,
  FALLBACK,
]

export function schemaVersion(db: Connection): number {
  const row = db.get('PRAGMA user_version')
  return row === null ? 0 : number(row, 'user_version')
}

/** As one text, for a database that is being made. */
export function freshSchema(): string {
  return `PRAGMA application_id = ${APPLICATION_ID};${MIGRATIONS.join('\n')}PRAGMA user_version = ${MIGRATIONS.length};`
}

const OBJECTS = `SELECT type || ' ' || name AS object, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'`

/**
 * What the schema has that this app did not make, or lacks; null: it is ours. A trigger, a view or a changed table makes of
 * what the app writes and reads whatever its author wants, also where every row is sealed.
 */
export function foreignSchema(db: Connection): string | null {
  const own = new Connection(':memory:')
  try {
    own.exec(freshSchema())
    const [made, found] = [own, db].map((one) => objectsIn(one))
    for (const object of new Set([...(made?.keys() ?? []), ...(found?.keys() ?? [])])) {
      if (made?.get(object) !== found?.get(object)) return object
    }
    return null
  } finally {
    own.close()
  }
}

function objectsIn(db: Connection): ReadonlyMap<string, string> {
  return new Map(db.all(OBJECTS).map(({ object, sql }) => [String(object), String(sql)]))
}

/**
 * Brings an older database up to date, one transaction per step. `keepCopy` is called before each step with the
 * version it is about to leave; when it throws, nothing is changed.
 */
export function migrate(
  db: Connection,
  keepCopy: (version: number) => void,
  migrations: readonly string[] = MIGRATIONS,
): void {
  for (let version = schemaVersion(db); version < migrations.length; version++) {
    keepCopy(version)
    db.transaction(() => {
      db.exec(migrations[version] ?? '')
      db.exec(`PRAGMA user_version = ${version + 1}`)
    })
  }
}
