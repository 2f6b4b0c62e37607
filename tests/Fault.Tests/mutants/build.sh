#!/usr/bin/env bash
# Builds silo and gateway with one patch of this folder applied, beside the others' output; the last line says where.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)"
name="$1"
copy="$root/artifacts/mutants/$name"
mkdir -p "$copy"
cd "$root"
# As they are, committed or not; the copy's own output stays, so that a second build is short.
git ls-files -z --cached --others --exclude-standard | tar --create --null --files-from - --ignore-failed-read 2>/dev/null | tar --extract --directory "$copy"
cd "$copy"
# Below the repository it would be taken for a part of it.
GIT_CEILING_DIRECTORIES="$root/artifacts" git apply "$root/tests/Fault.Tests/mutants/$name.patch"
for project in Silo Gateway; do
  dotnet build "$project" -c Release -v quiet -clp:NoSummary -p:RunAnalyzers=false -p:TreatWarningsAsErrors=false -p:EnforceCodeStyleInBuild=false >&2
done
printf '%s\n' "$copy/artifacts/bin"
