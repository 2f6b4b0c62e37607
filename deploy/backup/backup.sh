#!/usr/bin/env bash
# Takes a base backup of PostgreSQL while it serves. See --help.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/postgres.sh"

usage() {
  cat <<'USAGE'
backup.sh --to FOLDER [--fast]

Makes FOLDER/<time>: data/ (the database's files, with the log that makes them whole) and manifest.json. It is there under this name only
when it is complete and was verified; what a failure leaves ends in .partial. With the archive of the log (archive.sh) it can be restored
to any moment after it, with restore.sh.

Where the server is comes from the environment, as for every client of PostgreSQL: PGHOST, PGPORT, PGUSER, and a password in ~/.pgpass,
PGPASSFILE or PGPASSWORD. The user needs REPLICATION, and SELECT on the table installation of PGDATABASE (default chat), which names the
history.

--fast   begins with a checkpoint at once, in place of one that is spread over minutes and spares the disk
USAGE
}

target='' checkpoint=spread
while (($#)); do
  case "$1" in
    -h | --help) usage; exit 0 ;;
    --to) target="${2:?--to needs a folder}"; shift 2 ;;
    --fast) checkpoint=fast; shift ;;
    *) usage >&2; die "'$1' is not known." ;;
  esac
done
[[ -n "$target" ]] || { usage >&2; exit 2; }

# Its files hold all messages, the hashes of passwords and the signing key.
umask 077
export PGDATABASE="${PGDATABASE:-chat}" PGCONNECT_TIMEOUT="${PGCONNECT_TIMEOUT:-10}"

ask() { "$programs/psql" -X -A -t -w -q -v ON_ERROR_STOP=1 -c "$1"; }

programs="$(programs_of)"
version="$(ask "SHOW server_version_num")"
programs="$(programs_of "$((version / 10000))")"
[[ "$(ask "SHOW archive_mode")" == on ]] ||
  say "archive_mode is not on: this backup can be restored as it is, and to no later moment" >&2
system="$(ask "SELECT system_identifier FROM pg_control_system()")"
history="$(ask "SELECT value FROM installation WHERE name = 'history_id'")"

began="$(date -u +%Y-%m-%dT%H:%M:%SZ)"
backup="$target/${began//:/}"
mkdir -p -- "$target"
[[ ! -e "$backup" ]] || die "$backup is there already."
mkdir -- "$backup.partial"

"$programs/pg_basebackup" -D "$backup.partial/data" --format=plain --wal-method=stream --checkpoint="$checkpoint" \
  --manifest-checksums=SHA256 --label="orleans-chat $began" --no-password
"$programs/pg_verifybackup" --quiet "$backup.partial/data"

label="$backup.partial/data/backup_label"
cat >"$backup.partial/manifest.json" <<JSON
{
  "began": "$began",
  "ended": "$(date -u +%Y-%m-%dT%H:%M:%SZ)",
  "server_version": "$version",
  "system_identifier": "$system",
  "start": "$(sed -n 's/^START WAL LOCATION: \([^ ]*\).*/\1/p' "$label")",
  "first_log_file": "$(sed -n 's/^START WAL LOCATION: .*(file \(.*\))/\1/p' "$label")",
  "timeline": $(sed -n 's/^START TIMELINE: //p' "$label"),
  "history_id": "$history",
  "backup_manifest_sha256": "$(sha256sum "$backup.partial/data/backup_manifest" | cut -d' ' -f1)"
}
JSON
# pg_basebackup has synchronised its files; ours, and then the name that says that all is there.
settle "$backup.partial/manifest.json"
mv -- "$backup.partial" "$backup"
settle "$backup"
say "$backup"
