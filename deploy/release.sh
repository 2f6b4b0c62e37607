#!/usr/bin/env bash
# Makes the files of a release. See --help.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
source "$root/deploy/local/setup.sh"

usage() {
  cat <<'USAGE'
deploy/release.sh [--out artifacts/release]
    The files of a release of HEAD, built from a clone of it: silo, gateway and the one process as archives (need the .NET runtime), the
    chart, the packages of the .NET SDK, a bill of materials (CycloneDX) of each, and SHA256SUMS over all. The working tree has to be clean.
    The version is the chart's.

deploy/release.sh --check-reproducible
    Builds HEAD twice, in folders with other names, and compares every file byte by byte. Ends with 1 and the names of those that differ.
USAGE
}

# What is published, and what is packed.
servers=(Silo Gateway Standalone)
packages=(Protocol Protocol.MessagePack Client)

check='' out="$root/artifacts/release"
while (($#)); do
  case "$1" in
    -h | --help) usage; exit 0 ;;
    --check-reproducible) check=1; shift ;;
    --out) out="${2:?--out needs a folder}"; shift 2 ;;
    *) usage >&2; die "'$1' is not known." ;;
  esac
done

[[ -z "$(git -C "$root" status --porcelain)" ]] || die "The working tree has changes: a release is made of a commit."
commit="$(git -C "$root" rev-parse HEAD)"
# Of the commit, so that it is the same for who builds it again.
SOURCE_DATE_EPOCH="$(git -C "$root" log -1 --format=%ct)"
export SOURCE_DATE_EPOCH
version="$(sed -n 's/^version: //p' "$root/deploy/helm/orleans-chat/Chart.yaml")"
work="$(mktemp -d)"
trap 'rm -rf -- "$work"' EXIT
need_dotnet
need_helm
command -v jq >/dev/null || apt_install jq

# Paths, times and whatever was built before do not get into the files: a clone, the paths of which are mapped, with the packages of the lock files.
properties=(-c Release -v quiet -clp:NoSummary -p:ContinuousIntegrationBuild=true -p:RestoreLockedMode=true -p:RunAnalyzers=false
  -p:Version="$version" -p:SourceRevisionId="$commit" -p:CompilerResponseFile="$root/deploy/release.rsp")

archive() {
  local folder="$1" name="$2" into="$3"
  tar -C "$folder" --sort=name --format=gnu --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --mode=go=rX,u+rw -cf - "$name" |
    gzip -n -9 >"$into"
}

bill() {
  local source="$1" project="$2" into="$3" name="Orleans.Chat.$2"
  (cd "$source" && dotnet dotnet-CycloneDX "$project/$project.csproj" -o "$into" -fn "$name.made.json" -F Json -ed -dpr -ns \
    -sn "$name" -sv "$version" -st "$([[ " ${servers[*]} " == *" $project "* ]] && echo Application || echo Library)" \
    -biop "$source/artifacts/obj/$project") >"$into/$name.log" || { cat "$into/$name.log" >&2; die "The bill of materials of $project was not made."; }
  # The tool's time is when it ran.
  jq --sort-keys --arg at "$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)" '.metadata.timestamp = $at' "$into/$name.made.json" \
    >"$into/$name-$version.cdx.json"
  rm -- "$into/$name.made.json" "$into/$name.log"
}

# A release of a clone in $1 into $2.
build_into() {
  local source="$1" into="$2" project
  mkdir -p "$into"
  say "building $(git -C "$source" rev-parse --short HEAD) in $source"
  (cd "$source" && dotnet tool restore >/dev/null)
  # Each in one go: three projects share most of what is built.
  dotnet publish "$source/deploy/Servers.slnf" "${properties[@]}" --no-self-contained >&2
  dotnet pack "$source/deploy/Sdk.slnf" "${properties[@]}" >&2
  mkdir "$source/published"
  for project in "${servers[@]}"; do
    mv -- "$source/artifacts/publish/$project/release" "$source/published/orleans-chat-${project,,}-$version"
    archive "$source/published" "orleans-chat-${project,,}-$version" "$into/orleans-chat-${project,,}-$version.tar.gz"
  done
  cp -- "$source"/artifacts/package/release/*.nupkg "$into"
  for project in "${servers[@]}" "${packages[@]}"; do
    bill "$source" "$project" "$into"
  done
  archive "$source/deploy/helm" orleans-chat "$into/orleans-chat-chart-$version.tgz"
  helm lint --strict --quiet "$into/orleans-chat-chart-$version.tgz" >&2
  (cd "$into" && find . -type f ! -name SHA256SUMS -printf '%P\n' | LC_ALL=C sort | xargs -d '\n' sha256sum >SHA256SUMS)
}

clone_into() { git clone --quiet --no-hardlinks "$root" "$1" && git -C "$1" checkout --quiet --detach "$commit" && git -C "$1" remote remove origin; }

if [[ -z "$check" ]]; then
  clone_into "$work/source"
  rm -rf -- "$out"
  build_into "$work/source" "$out"
  say "$out"
  cat "$out/SHA256SUMS"
  exit 0
fi

clone_into "$work/one"
clone_into "$work/another-place/with-a-longer-name"
build_into "$work/one" "$work/first"
build_into "$work/another-place/with-a-longer-name" "$work/second"
differing="$(cd "$work" && diff -rq first second || true)"
if [[ -n "$differing" ]]; then
  printf '%s\n' "$differing"
  rm -rf -- "$root/artifacts/differing"
  mkdir -p "$root/artifacts"
  cp -a -- "$work/first" "$root/artifacts/differing" && cp -a -- "$work/second" "$root/artifacts/differing/second"
  die "Two builds of $commit differ; both are in artifacts/differing."
fi
say "two builds of $commit in folders of other names are the same, byte by byte:"
cat "$work/first/SHA256SUMS"
