# What backup.sh and restore.sh need of PostgreSQL. Sourced.

say() { printf '%s\n' "$*"; }

die() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 1; }

# The folder of PostgreSQL's own programs, of the major version in $1, or the newest. Debian keeps them out of the PATH, and what it has in the PATH asks for a cluster.
programs_of() {
  local version="${1:-}" folder
  for folder in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -t/ -k5,5nr) ${PATH//:/ }; do
    [[ -x "$folder/pg_basebackup" && -x "$folder/pg_verifybackup" && -x "$folder/psql" ]] || continue
    [[ -z "$version" || "$("$folder/pg_basebackup" --version)" =~ [^0-9]"$version"[.a-z] ]] || continue
    printf '%s\n' "$folder"
    return
  done
  die "PostgreSQL${version:+ $version}'s programs were not found: pg_basebackup, pg_verifybackup and psql are needed."
}

# PostgreSQL refuses to run as root; then it runs as the user that the packages make, or as the one in SERVER_USER.
SERVER_USER="${SERVER_USER:-postgres}"

as_server=(env)
((EUID != 0)) || as_server=(setpriv --reuid="$SERVER_USER" --regid="$SERVER_USER" --init-groups --)

# On disk, the entry in its folder too.
settle() { sync -- "$1" "$(dirname -- "$1")"; }
