#!/usr/bin/env bash
# Puts one file of PostgreSQL's log into the archive. In postgresql.conf:
#
#   archive_mode = on
#   archive_command = '/path/to/archive.sh /path/to/wal "%p" "%f"'
#   archive_timeout = 60
#
# Ends with 0 only when the file is in the archive, whole and on disk; PostgreSQL keeps the file and tries again otherwise. A file that is
# there already is left as it is: the same one is success (PostgreSQL died before it noted the last one), another one is a mistake, as of
# two servers that write to one archive.
set -euo pipefail
(($# == 3)) || { echo "archive.sh ARCHIVE PATH NAME" >&2; exit 2; }
archive="$1" source="$2" name="$3"
[[ "$name" =~ ^[0-9A-F]{8}[0-9A-Za-z.]*$ ]] || { echo "archive.sh: '$name' is no name of a log file" >&2; exit 2; }
umask 077

partial="$archive/.$name.$$"
trap 'rm -f -- "$partial"' EXIT
cp -- "$source" "$partial"
sync -- "$partial"
# A link is made whole or not at all, and never over something; mv would replace what is there, and cp could be seen half done.
if ! ln -- "$partial" "$archive/$name" 2>/dev/null; then
  [[ -e "$archive/$name" ]] || { echo "archive.sh: $archive/$name cannot be made" >&2; exit 1; }
  cmp -s -- "$source" "$archive/$name" || { echo "archive.sh: another $name is in $archive already: do two servers write to it?" >&2; exit 1; }
fi
sync -- "$archive/$name" "$archive"
