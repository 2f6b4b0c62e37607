#!/usr/bin/env bash
# Starts Orleans.Chat on this machine. See --help.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
source "$root/deploy/local/setup.sh"

usage() {
  cat <<'USAGE'
./run.sh [--port 5080] [--data ./data]
    One process over SQLite; nothing else is needed. API at http://localhost:5080, API page at /docs.

./run.sh cluster [--silos 2] [--gateways 2] [--port 5080] [--data ./data/cluster] [--restart]
                 [--standby] [--volumes MB] [--clocks]
    A private PostgreSQL and Redis, silos and gateways, each a process of its own. The first gateway listens on --port, the
    next on the next port. DIR/cluster.json tells what runs, DIR/logs what it says. With --restart, what dies is started
    again after 1 s. Installs PostgreSQL and Redis with apt-get when they are missing. The last three are for faults:
    a standby that can take over, volumes that can be full or slow (root), clocks that can be moved (gcc).

Ctrl-C stops it. Only loopback is listened on. RateLimits__Enabled=false in the environment turns rate limits off;
any other option can be set in the same way, as Section__Option.
USAGE
}

for argument in "$@"; do
  case "$argument" in -h | --help) usage; exit 0 ;; esac
done

if [[ "${1:-}" == cluster ]]; then
  shift
  need_dotnet
  need_postgres
  need_redis
  build_release deploy/local/Cluster.slnf Silo Gateway LocalCluster
  # A shell that starts us in the background has SIGINT ignored, which is inherited.
  exec env --default-signal=INT,TERM,HUP dotnet "$root/artifacts/bin/LocalCluster/release/Orleans.Chat.LocalCluster.dll" "$@"
fi

port=5080
data=./data
while (($#)); do
  case "$1" in
    --port=*) port="${1#*=}"; shift ;;
    --data=*) data="${1#*=}"; shift ;;
    --port) port="${2:?--port needs a number}"; shift 2 ;;
    --data) data="${2:?--data needs a folder}"; shift 2 ;;
    *) echo "'$1' is not known." >&2; usage >&2; exit 2 ;;
  esac
done
[[ "$port" =~ ^[0-9]{1,5}$ ]] || { echo "--port needs a number." >&2; exit 2; }

need_dotnet
build_release Standalone/Standalone.csproj Standalone
mkdir -p "$data"
data="$(cd "$data" && pwd)"
say "http://localhost:$port (data in $data); Ctrl-C stops it"
cd "$root/artifacts/bin/Standalone/release"
export Urls="http://localhost:$port" Storage__Provider=Sqlite Storage__DataDirectory="$data"
unset ASPNETCORE_URLS ASPNETCORE_HTTP_PORTS
exec env --default-signal=INT,TERM,HUP dotnet Orleans.Chat.Standalone.dll
