#!/usr/bin/env bash
# Asks the package source's advisories about every package that is used, and says whether it got an answer. See --help.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"

usage() {
  cat <<'USAGE'
deploy/audit.sh [--strict]

Says one of
  audit: clean       no package, direct or transitive, has a known advisory                    0
  audit: findings    and lists them: severity, package, version, advisory, project             1
  audit: no data     nothing is known, for the canary was not flagged; with --strict           0, or 3
and ends with 2 when the solution cannot be asked about.

A package source without advisories answers that there are none, which looks like a clean audit. So the same question is asked about a
canary, a version of a package whose advisory is known since 2022: an answer in which it is clean is no answer.
USAGE
}

strict=''
case "${1:-}" in
  '') ;;
  --strict) strict=1 ;;
  -h | --help) usage; exit 0 ;;
  *) usage >&2; exit 2 ;;
esac

# https://github.com/advisories/GHSA-5crp-9r3c-p9vr, high, mended in 13.0.1.
canary=Newtonsoft.Json canary_version=12.0.1

work="$(mktemp -d)"
trap 'rm -rf -- "$work"' EXIT
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

# Answers JSON.
ask() { dotnet list "$1" package --vulnerable --include-transitive --format json; }

# A line for each finding. The order of the names is the format's (version 1): a project's path, a package's id, its versions, its advisories.
findings() {
  grep -oiE '"(path|id|resolvedVersion|severity|advisoryurl)": *"[^"]*"' |
    awk -F'"' '
      tolower($2) == "path" { n = split($4, parts, /[\/\\]/); project = parts[n] }
      tolower($2) == "id" { id = $4 }
      tolower($2) == "resolvedversion" { version = $4 }
      tolower($2) == "severity" { severity = $4 }
      tolower($2) == "advisoryurl" { print severity, id, version, $4, project }
    ' | sort -u
}

# A project of nobody: the repository's settings would hold it to their versions.
canary_is_flagged() {
  mkdir -p "$work/canary"
  cat >"$work/canary/canary.csproj" <<XML
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>net10.0</TargetFramework><NuGetAudit>false</NuGetAudit></PropertyGroup>
  <ItemGroup><PackageReference Include="$canary" Version="$canary_version" /></ItemGroup>
</Project>
XML
  dotnet restore "$work/canary/canary.csproj" --verbosity quiet >"$work/canary.log" 2>&1 &&
    ask "$work/canary/canary.csproj" >"$work/canary.json" 2>>"$work/canary.log" &&
    findings <"$work/canary.json" | grep -qi " $canary $canary_version "
}

if ! canary_is_flagged; then
  cat "$work/canary.log" >&2
  echo "audit: no data ($canary $canary_version, which has an advisory, was not flagged)"
  [[ -z "$strict" ]] || exit 3
  exit 0
fi
ask "$root/Orleans.Chat.sln" >"$work/ours.json" || {
  cat "$work/ours.json" >&2
  echo "audit: failed (is the solution restored?)" >&2
  exit 2
}
found="$(findings <"$work/ours.json" || true)"
if [[ -n "$found" ]]; then
  echo "audit: findings"
  printf '%s\n' "$found"
  exit 1
fi
echo "audit: clean"
