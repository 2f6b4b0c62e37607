#!/usr/bin/env bash
# Restores PostgreSQL from a base backup and the archived log, and gives the database a new history. See --help.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
source "$here/postgres.sh"

usage() {
  cat <<'USAGE'
restore.sh --backup FOLDER --wal ARCHIVE --data NEW (--target-time TIME | --latest)

Makes NEW, a data folder of PostgreSQL that is ready to be started: the backup that backup.sh made, and the archived log on top of it up
to TIME, with what was committed at that very moment, or up to its end. TIME has a zone: '2026-11-27 09:30:00+00'.

On the way it runs a PostgreSQL that nobody else can reach (a socket in a private folder, no port), and there
  - gives the database a new history_id, so that clients drop what they saw of the lost history and synchronise afresh,
  - checks the data (verify.sql).
NEW has its name only when all that is done; until then it is NEW.unfinished, which must not be started: it may have the old history_id.
The backup and the archive are only read.

PGDATABASE (default chat) is the chat server's database, PGUSER (default postgres) a superuser of it. As root it runs PostgreSQL's
programs as SERVER_USER (default postgres), who must be able to read the archive and to reach NEW.

Ends with 0: done; 1: failed, NEW is not there; 3: NEW is there, has a new history, and verify.sql found something.
USAGE
}

backup='' archive='' data='' target=''
while (($#)); do
  case "$1" in
    -h | --help) usage; exit 0 ;;
    --backup) backup="${2:?--backup needs a folder}"; shift 2 ;;
    --wal) archive="${2:?--wal needs a folder}"; shift 2 ;;
    --data) data="${2:?--data needs a folder}"; shift 2 ;;
    --target-time) target="${2:?--target-time needs a time}"; shift 2 ;;
    --latest) target=latest; shift ;;
    *) usage >&2; die "'$1' is not known." ;;
  esac
done
[[ -n "$backup" && -n "$archive" && -n "$data" && -n "$target" ]] || { usage >&2; exit 2; }

# Without a zone it would be this machine's, or the server's, or the reader's.
[[ "$target" == latest || "$target" =~ ([zZ]|[+-][0-9]{2}(:?[0-9]{2})?)$ ]] || die "'$target' has no zone, as +00 is one."
[[ -f "$backup/manifest.json" && -d "$backup/data" ]] || die "$backup is no backup of backup.sh's."
[[ -z "$(ls -A "$backup/data/pg_tblspc")" ]] || die "$backup has tablespaces: their places are the old server's."
[[ -d "$archive" ]] || die "$archive is no folder."
archive="$(cd "$archive" && pwd)"
[[ "$archive" != *[\'\"%\\]* ]] || die "the archive's path has a quote, % or backslash: PostgreSQL's restore_command cannot be told it."
[[ ! -e "$data" && ! -e "$data.unfinished" ]] || die "$data, or $data.unfinished, is there already."
mkdir -p -- "$(dirname -- "$data")"
data="$(cd "$(dirname -- "$data")" && pwd)/$(basename -- "$data")"

version="$(<"$backup/data/PG_VERSION")"
programs="$(programs_of "$version")"
[[ -x "$programs/postgres" ]] || die "PostgreSQL $version's server is not in $programs."

umask 077
work="$data.unfinished"
private="$(mktemp -d /tmp/orleans-chat-restore.XXXXXX)"
server=''

# However this ends: no server stays, for its database may have the old history_id.
finish() {
  [[ -z "$server" ]] || { kill -INT "$server" 2>/dev/null && wait "$server"; } || true
  [[ ! -e "$work" ]] || printf 'Not finished, and not to be started: %s\n' "$work" >&2
  rm -rf -- "$private"
}
trap finish EXIT

fail() {
  if [[ -s "$private/log" ]]; then tail -n 15 "$private/log" >&2; fi
  die "$1"
}

ask() {
  "${as_server[@]}" env -u PGHOSTADDR -u PGSERVICE -u PGPASSWORD PGHOST="$private" PGPORT=5432 PGUSER="${PGUSER:-postgres}" PGDATABASE="${PGDATABASE:-chat}" \
    "$programs/psql" -X -A -t -w -q -v ON_ERROR_STOP=1 "$@"
}

copy() {
  [[ "$(sha256sum "$backup/data/backup_manifest" | cut -d' ' -f1)" == "$(sed -n 's/.*"backup_manifest_sha256": "\(.*\)".*/\1/p' "$backup/manifest.json")" ]] ||
    die "$backup is not what backup.sh made: its backup_manifest was changed."
  cp -a -- "$backup/data" "$work"
  ((EUID != 0)) || chown -R "$SERVER_USER:" "$work" "$private"
  # The copy, so that both were read: what is damaged on the way is found too.
  "${as_server[@]}" "$programs/pg_verifybackup" --quiet "$work" || die "$backup is damaged."
  "${as_server[@]}" touch "$work/recovery.signal"
}

# All on the command line, which wins over whatever configuration the backup brings, and leaves nothing to be cleaned up. Nothing is archived
# now, and all is kept for the archive until a command is set. Without hot_standby nobody gets in before the recovery has ended.
settings() {
  printf '%s\n' "config_file=$private/postgresql.conf" "hba_file=$private/hba.conf" "ident_file=$private/ident.conf" \
    listen_addresses= "unix_socket_directories=$private" unix_socket_permissions=0700 port=5432 ssl=off \
    hot_standby=off archive_mode=on archive_command= logging_collector=off log_destination=stderr timezone=UTC log_timezone=UTC \
    "restore_command=cp \"$archive/%f\" \"%p\"" recovery_target_action=promote recovery_target_timeline=latest
  [[ "$target" == latest ]] || printf '%s\n' "recovery_target_time=$target" recovery_target_inclusive=on
}

recover() {
  local arguments=() setting
  # Who reaches the private folder is the server's own user.
  echo "local all all trust" >"$private/hba.conf"
  : >"$private/postgresql.conf"
  : >"$private/ident.conf"
  : >"$private/log"
  ((EUID != 0)) || chown -R "$SERVER_USER:" "$private"
  while IFS= read -r setting; do arguments+=(-c "$setting"); done < <(settings)
  (cd "$work" && exec "${as_server[@]}" "$programs/postgres" -D "$work" "${arguments[@]}") >>"$private/log" 2>&1 &
  server=$!
  # As long as it takes: a log of days is replayed in hours.
  until "${as_server[@]}" "$programs/pg_isready" -q -h "$private" -p 5432; do
    kill -0 "$server" 2>/dev/null || {
      wait "$server" || true
      server=''
      grep -q "recovery ended before configured recovery target was reached" "$private/log" &&
        fail "The archive ends before $target: --latest restores all that there is."
      fail "PostgreSQL ended while it recovered."
    }
    sleep 0.1
  done
}

say "copying and verifying $backup"
copy
say "recovering to $target"
recover
stopped="$(ask -c "SELECT coalesce(pg_last_xact_replay_timestamp()::text, 'none after the backup')")"
timeline="$(ask -c "SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8)")"
old="$(ask -c "SELECT value FROM installation WHERE name = 'history_id'")"
new="$(ask -c "UPDATE installation SET value = gen_random_uuid()::text WHERE name = 'history_id' RETURNING value")"
[[ -n "$new" && "$new" != "$old" ]] || fail "The database has no history_id to renew: is it the chat server's?"
faults="$(ask <"$here/verify.sql")"
held="$(ask -c "SELECT (SELECT count(*) FROM chats WHERE deleted_at IS NULL) || ' chats, ' || (SELECT count(*) FROM messages) || ' messages, ' ||
  (SELECT count(*) FROM users) || ' users'")"

kill -INT "$server"
wait "$server" || fail "PostgreSQL did not stop as it should."
server=''
mv -- "$work" "$data"
settle "$data"

say "restored to $data"
say "  target           $target"
say "  last commit      $stopped"
say "  timeline         $timeline"
say "  history_id       $new (was $old)"
say "  holds            $held"
if [[ -n "$faults" ]]; then
  say "  verify.sql       found:"
  printf '%s\n' "$faults" >&2
  exit 3
fi
say "  verify.sql       found nothing"
