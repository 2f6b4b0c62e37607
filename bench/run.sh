#!/usr/bin/env bash
# The whole table of docs/performance.md in one run. See --help.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"
source deploy/local/setup.sh

usage() {
  cat <<'USAGE'
bench/run.sh [--only WORDS] [--quick] [--name NAME] [--port N]

Starts the bare hub, then PostgreSQL, Redis, one silo and one gateway, puts the load of bench/Load on each in turn, and writes
bench/results/DATE-NAME.md, and .html to look at: every figure of ours beside its ceiling from the same run. Under 20 minutes.

  --only WORDS   only these parts, as in --only "postgres one-to-one rooms"; without it:
                 postgres one-to-one rooms latency hot room-10000 idle history sync mixed growth start
                 and only when named: rooms-50 (those of rooms), archive (history up to 10^7 messages: 20 GB of disk, 8 minutes),
                 misbehaving (a hot chat, a hot user and who sends as fast as it can, and what others feel of them; with latency)
  --quick        a fifth of the time for each: to see whether it runs, not what it finds
  --port N       the first of the nine ports that are listened on; 5901 without it
  --check        one-to-one and rooms of 50, bare and ours, 20 s; fails below a third of the targets
USAGE
}

parts="postgres one-to-one rooms latency hot room-10000 idle history sync mixed growth start"
# The servers are warm when the first run of them begins (see hot below): what is left of the warm-up is for the run's own connections and code.
seconds=12
warmup=6
# Of what is told against itself and not against a ceiling: growth, history, the mix.
short=8
short_warmup=4
# What few messages cost and take is run by turns, the bare hub and ours within the same minute: a quarter of an hour later the machine is another.
turns=3
turn_seconds=5
turn_warmup=2
# Code is compiled again and again while it gets hot, for a minute or so: what is found before then is the compiler's work.
hot_warmup=20
name=run
turn=
check=
port=5901
while (($#)); do
  case "$1" in
    --only) parts="${2:?}"; shift 2 ;;
    --name) name="${2:?}"; shift 2 ;;
    --port) port="${2:?}"; shift 2 ;;
    --quick) seconds=3 warmup=3 short=3 short_warmup=2 turns=1 turn_seconds=3 hot_warmup=6; shift ;;
    --check) check=1; parts="one-to-one rooms-50"; seconds=5 warmup=8 turns=1 turn_warmup=8 hot_warmup=16; shift ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
done
wanted() { [[ " $parts " == *" $1 "* ]]; }

need_dotnet
need_postgres
need_redis
say "building (Release)"
for project in bench/Load bench/Limit Silo Gateway Standalone deploy/local/LocalCluster.csproj; do
  dotnet build "$project" -c Release -v quiet -clp:NoSummary -p:RunAnalyzers=false >&2 || die "$project does not build."
done
touch artifacts/unanalyzed

work="$(mktemp -d /var/tmp/orleans-chat-bench-XXXXXX)"
chmod 755 "$work"
results="$work/results"
mkdir -p "$results"
pids=()
cleanup() {
  local pid
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap cleanup EXIT

load() {
  local begun=$SECONDS name
  name="$(label "$@")${turn:+.$turn}"
  dotnet artifacts/bin/Load/release/Orleans.Chat.Load.dll "$@" --out "$results/$name.json" || say "$* found losses or problems"
  say "$name took $((SECONDS - begun)) s"
}

# The value of --label, and -bare where it is.
label() {
  local value="" bare="" previous=""
  for argument in "$@"; do
    [[ "$previous" == --label ]] && value="$argument"
    [[ "$argument" == --bare ]] && bare=-bare
    previous="$argument"
  done
  printf '%s%s' "$value" "$bare"
}

timed=(--warmup "$warmup" --seconds "$seconds")
briefly=(--warmup "$short_warmup" --seconds "$short")
at_length=(--warmup "$warmup" --seconds $((seconds * 3)))

# A hub on a port; the process is hub_pid.
start_hub() {
  Urls="http://127.0.0.1:$1" dotnet artifacts/bin/Limit/release/Orleans.Chat.Limit.dll >"$work/hub-$1.log" 2>&1 &
  hub_pid=$!
  pids+=("$hub_pid")
  local tries
  for ((tries = 0; tries < 100; tries++)); do
    (exec 3<>/dev/tcp/127.0.0.1/$1) 2>/dev/null && return
    sleep 0.1
  done
  die "The hub did not start: $work/hub-$1.log"
}

start_bare() {
  start_hub "$port"
  bare_pid=$hub_pid
}

bare() { load "$@" --bare --server "http://127.0.0.1:$port" --pid "hub=$bare_pid"; }

stop_bare() { kill "$bare_pid" && wait "$bare_pid" 2>/dev/null || true; }

# A silo of bench/Limit on a port and the next; the process is silo_pid.
start_limit_silo() {
  dotnet artifacts/bin/Limit/release/Orleans.Chat.Limit.dll silo "$@" >"$work/silo-$1.log" 2>&1 &
  silo_pid=$!
  pids+=("$silo_pid")
  until grep -q . < <(ss -Hltn "sport = :$1" 2>/dev/null) || ! kill -0 "$silo_pid"; do sleep 0.2; done
}

# The same with a grain behind it that does nothing: what the two libraries cost before anything of ours.
start_empty() {
  start_limit_silo $((port + 3))
  empty_pid=$silo_pid
  Silo=$((port + 3)) start_hub $((port + 5))
  empty_hub_pid=$hub_pid
}

# Under a label of its own, since it counts as a bare one.
empty() { load "$@" --bare --server "http://127.0.0.1:$((port + 5))" --pid "hub=$empty_hub_pid" --pid "silo=$empty_pid"; }

stop_empty() { kill "$empty_hub_pid" "$empty_pid" && wait "$empty_hub_pid" "$empty_pid" 2>/dev/null || true; }

# The same with a grain that numbers a message, has it committed, and tells the hub of it: the least that a chat which keeps its messages costs.
start_stored() {
  start_limit_silo $((port + 6)) "$(of_postgres connection_string)"
  stored_pid=$silo_pid
  Silo=$((port + 6)) Stored=true start_hub $((port + 8))
  stored_hub_pid=$hub_pid
}

stored() {
  load "$@" --bare --server "http://127.0.0.1:$((port + 8))" --pid "hub=$stored_hub_pid" --pid "silo=$stored_pid" --pid "postgres=$(of_postgres pid)"
}

stop_stored() { kill "$stored_hub_pid" "$stored_pid" && wait "$stored_hub_pid" "$stored_pid" 2>/dev/null || true; }

# Hashing ten thousand passwords at full strength would take longer than all the rest.
start_cluster() {
  Auth__PasswordIterations=1000 Auth__AccessTokenSeconds=86400 RateLimits__Enabled="${limited:-false}" \
    dotnet artifacts/bin/LocalCluster/release/Orleans.Chat.LocalCluster.dll --silos 1 --gateways 1 --port $((port + 1)) --data "$work/cluster" >"$work/cluster.log" 2>&1 &
  cluster_pid=$!
  pids+=("$cluster_pid")
  local tries
  for ((tries = 0; tries < 600; tries++)); do
    [[ -f "$work/cluster/cluster.json" ]] && return
    sleep 0.2
  done
  cat "$work/cluster.log" >&2
  die "The cluster did not start."
}

stop_cluster() { kill "$cluster_pid" && wait "$cluster_pid" 2>/dev/null || true; }

ours() { load "$@" --cluster "$work/cluster/cluster.json"; }

# A label, the command that found them, and figures as the names and values of JSON.
figures() { printf '{"label":"%s","command":"%s","bare":false,"protocol":"","seconds":0,"figures":{%s}}\n' "$1" "$2" "$3" >"$results/$1.json"; }

# What cluster.json says of PostgreSQL, which is the first that it tells of.
of_postgres() { sed -n "s/.*\"$1\": \"\{0,1\}\([^\",]*\).*/\1/p" "$work/cluster/cluster.json" | head -n 1; }

psql_of_cluster() { "$(ls /usr/lib/postgresql/*/bin/psql | tail -n 1)" "$(of_postgres dsn)" "$@"; }

# A table of the messages' shape, with nothing else going on: into it, some rows a commit.
pgbench_of_cluster() {
  local rows="$1" bin
  shift
  bin="$(dirname "$(ls /usr/lib/postgresql/*/bin/pgbench | tail -n 1)")"
  psql_of_cluster -q -c 'CREATE TABLE bench_rows (room int, seq bigserial, body text, PRIMARY KEY (room, seq))'
  cat >"$work/insert.sql" <<SQL
\set room random(1, 100)
INSERT INTO bench_rows (room, body) SELECT :room, repeat('the quick brown fox jumps over the lazy dog and runs on ', 19) FROM generate_series(1, $rows);
SQL
  "$bin/pgbench" -n -M prepared -c 4 -j 1 -T "$seconds" "$@" -f "$work/insert.sql" "$(of_postgres dsn)"
  psql_of_cluster -q -c 'DROP TABLE bench_rows'
}

# Rows a second at 100 a commit.
postgres_alone() {
  local tps
  tps="$(pgbench_of_cluster 100 | sed -n 's/^tps = \([0-9.]*\).*/\1/p')"
  figures postgres "pgbench -n -M prepared -c 4 -T $seconds" "\"rows_per_s\":$(awk "BEGIN { printf \"%.1f\", $tps * 100 }")"
}

# How long one row takes at 200 a second, from when it was meant to be written to its commit.
commit_alone() {
  pgbench_of_cluster 1 -R 200 -l --log-prefix "$work/commit" >/dev/null
  figures commit "pgbench -n -M prepared -c 4 -R 200 -T $seconds" "$(
    awk '{ print $3 / 1000 }' "$work"/commit.* | sort -n |
      awk '{ at[NR] = $1 } END { printf "\"p50_ms\":%.2f,\"p99_ms\":%.2f", at[int(NR * 0.5) + 1], at[int(NR * 0.99) + 1] }'
  )"
}

# Few messages beside a room that takes nine tenths of the machine: begun once all of it is there and is written to.
beside_a_room_of_10000() {
  local side="$1" at="$2" room
  "$side" rooms --rooms 1 --members 10000 --senders 10 --rate 5 --label room-10000 "${at_length[@]}" &
  room=$!
  while kill -0 "$room" 2>/dev/null && (($(ss -Htn state established "sport = :$at" | wc -l) < 10000)); do sleep 0.5; done
  "$side" "${few[@]}" --label beside-room-10000 --warmup 5 --seconds "$seconds"
  wait "$room"
}

# Few messages of others, while something goes on that takes more than its share. The first argument is what must be so before they begin.
beside() {
  local begun="$1" label="$2" culprit
  shift 2
  ours "$@" --label "$label" "${at_length[@]}" &
  culprit=$!
  until eval "$begun" || ! kill -0 "$culprit" 2>/dev/null; do sleep 0.5; done
  ours "${few[@]}" --label "beside-$label" --warmup 5 --seconds "$seconds"
  wait "$culprit"
}
connected() { ss -Htn state established "sport = :$((port + 1))" | wc -l; }
chats() { psql_of_cluster -At -c 'SELECT count(*) FROM chats'; }

hot=(one-to-one --pairs 100 --in-flight 2 --label warm --warmup "$hot_warmup" --seconds 1)

pairs=(one-to-one --pairs 100 --in-flight 2)
few=(one-to-one --pairs 100 --rate 200)
few_rooms=(rooms --rooms 20 --members 50 --senders 80 --rate 100)
rooms50=(rooms --rooms 20 --members 50 --senders 80 --in-flight 2)
rooms200=(rooms --rooms 5 --members 200 --senders 20 --in-flight 2)

say "the bare hub"
start_bare
bare "${hot[@]}"
{ wanted rooms || wanted rooms-50; } && bare "${rooms50[@]}" --label rooms-50 "${timed[@]}"
wanted rooms && bare "${rooms200[@]}" --label rooms-200 "${timed[@]}"
wanted idle && bare idle --users 10000 --label idle "${briefly[@]}"
wanted room-10000 && beside_a_room_of_10000 bare "$port"
by_turns=
{ wanted one-to-one || wanted latency; } && by_turns=1
if [[ -n "$by_turns" ]]; then
  start_empty
  empty "${hot[@]}"
else
  stop_bare
fi

say "one silo, one gateway"
start_cluster
wanted postgres && postgres_alone
wanted latency && commit_alone
ours "${hot[@]}"
ours "${hot[@]}"
# A check asks whether ours holds its part of the bare hub's, not what is possible.
floor=
if wanted one-to-one && [[ -z "$check" ]]; then
  floor=1
  start_stored
  stored "${hot[@]}"
fi
rm "$results"/warm*.json
if [[ -n "$by_turns" ]]; then
  each=(--warmup "$turn_warmup" --seconds "$turn_seconds")
  for ((turn = 1; turn <= turns; turn++)); do
    if wanted one-to-one; then
      bare "${pairs[@]}" --label one-to-one "${each[@]}"
      empty "${pairs[@]}" --label empty-one-to-one "${each[@]}"
      if [[ -n "$floor" ]]; then stored "${pairs[@]}" --label stored-one-to-one "${each[@]}"; fi
      ours "${pairs[@]}" --label one-to-one "${each[@]}"
    fi
    if wanted latency; then
      bare "${few[@]}" --label latency-one-to-one "${each[@]}"
      empty "${few[@]}" --label empty-latency-one-to-one "${each[@]}"
      ours "${few[@]}" --label latency-one-to-one "${each[@]}"
      bare "${few_rooms[@]}" --label latency-rooms-50 "${each[@]}"
      ours "${few_rooms[@]}" --label latency-rooms-50 "${each[@]}"
    fi
  done
  turn=
  if [[ -n "$floor" ]]; then stop_stored; fi
  stop_empty
  stop_bare
fi
{ wanted rooms || wanted rooms-50; } && ours "${rooms50[@]}" --label rooms-50 "${timed[@]}"
wanted rooms && ours "${rooms200[@]}" --label rooms-200 "${timed[@]}"
if wanted hot; then
  ours one-to-one --pairs 100 --in-flight 8 --label most-messages "${timed[@]}"
  ours one-to-one --pairs 1 --in-flight 200 --label hot-chat "${timed[@]}"
fi
wanted mixed && ours mixed --rate 200 --label mixed "${briefly[@]}"
wanted sync && ours sync --label sync "${briefly[@]}"
if wanted growth; then
  for times in 1 2 4; do
    ours one-to-one --pairs 100 --rate $((400 * times)) --label "growth-load-$times" "${briefly[@]}"
    # Twice the load is what twice the chats are.
    ((times == 2)) || ours one-to-one --pairs $((50 * times)) --rate 800 --label "growth-chats-$times" "${briefly[@]}"
    ours rooms --rooms 4 --members $((50 * times)) --senders 16 --rate 40 --label "growth-members-$times" "${briefly[@]}"
  done
  sed 's/"label": "growth-load-2"/"label": "growth-chats-2"/' "$results/growth-load-2.json" >"$results/growth-chats-2.json"
fi
wanted room-10000 && beside_a_room_of_10000 ours $((port + 1))
if wanted misbehaving; then
  there="$(chats)"
  beside '(($(chats) >= there + 10000))' hot-user sync --users 1 --chats-each 10000 --changed 50 --messages 5 --at-once 1
  stop_cluster
  limited=true start_cluster
  ours "${hot[@]}"
  rm "$results/warm.json"
  ours "${few[@]}" --label limited "${timed[@]}"
  # A twentieth of its members are here: with all of them, and no limit, it would be ten million deliveries a second.
  beside '(($(connected) >= 500))' hot-chat-10000 rooms --rooms 1 --members 10000 --connected 500 --senders 50 --rate 1000
  beside '(($(connected) >= 2))' greedy one-to-one --pairs 1 --rate 5000
  stop_cluster
  start_cluster
fi
sizes=()
{ wanted history || wanted archive; } && sizes=(100000 1000000)
wanted archive && sizes+=(10000000)
# The first of them would be the compiler's work: nothing before them asks for pages.
((${#sizes[@]})) && ours history --messages 100000 --archive "$work/archive-100000.json" --label warm --warmup "$((hot_warmup / 2))" --seconds 1
rm -f "$results/warm.json"
for size in "${sizes[@]}"; do
  of="$([[ $size == 1000000 ]] || echo "-$size")"
  ours history --messages "$size" --archive "$work/archive-$size.json" --label "history-newest$of" "${briefly[@]}"
  ours history --messages "$size" --archive "$work/archive-$size.json" --random --label "history-random$of" "${briefly[@]}"
done
if wanted idle; then
  begun=$SECONDS
  dotnet artifacts/bin/Load/release/Orleans.Chat.Load.dll populate --cluster "$work/cluster/cluster.json" --users 10000 --chats-each 20 --file "$work/users.json"
  say "populate took $((SECONDS - begun)) s"
  # Started afresh: what the storm activates is then seen.
  stop_cluster
  start_cluster
  ours idle --users 10000 --file "$work/users.json" --label idle "${timed[@]}"
  # What compiles as it goes is compiled after the second.
  for ((storms = 2; storms <= 4; storms++)); do ours idle --users 10000 --file "$work/users.json" --label "storm-$storms" --warmup 1 --seconds 1; done
fi
stop_cluster

# Ready is what a load balancer asks for, and the first thing that answers: from the start of built code.
first_answer() {
  local begun url="http://127.0.0.1:$((port + 2))"
  mkdir -p "$work/standalone"
  begun="$(date +%s.%N)"
  (
    cd artifacts/bin/Standalone/release
    Urls="$url" Storage__Provider=Sqlite Storage__DataDirectory="$work/standalone" exec dotnet Orleans.Chat.Standalone.dll
  ) >"$work/standalone.log" 2>&1 &
  pids+=("$!")
  until curl -sf "$url/api/v1/config" >/dev/null; do sleep 0.02; done
  figures start "./run.sh" "\"seconds\":$(awk "BEGIN { printf \"%.2f\", $(date +%s.%N) - $begun }")"
  kill "$!" && wait "$!" 2>/dev/null || true
}
wanted start && first_answer

if [[ -n "$check" ]]; then
  dotnet artifacts/bin/Load/release/Orleans.Chat.Load.dll table "$results" --check 0.35
  exit
fi

out="bench/results/$(date +%F)-$name"
mkdir -p bench/results
dotnet artifacts/bin/Load/release/Orleans.Chat.Load.dll table "$results" --out "$out.md" --html "$out.html" \
  --about "# Benchmark of $(date +%F), $name" \
  --about "Made by \`bench/run.sh --only \"$parts\"\` ($seconds s a run after $warmup s; growth, history, mixed and sync $short s after $short_warmup s; one-to-one and latency the medians of $turns turns of $turn_seconds s after $turn_warmup s) in $((SECONDS / 60)) minutes at commit $(git rev-parse --short HEAD)$(git diff --quiet HEAD || echo ' with changes')." \
  --about "$(nproc) cores ($(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -n 1)), $(awk '/MemTotal/ { printf "%.0f GB", $2 / 1e6 }' /proc/meminfo), $(uname -sr), .NET $(dotnet --version), PostgreSQL $(/usr/lib/postgresql/*/bin/postgres --version | awk '{ print $3 }'); servers, database and load generator together. Load average at the end: $(cut -d' ' -f1 /proc/loadavg)."
