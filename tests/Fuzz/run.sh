#!/usr/bin/env bash
# Coverage-guided fuzzing of what reads bytes of others. See --help.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
cd "$root"
source deploy/local/setup.sh

all=(json messagepack tokens batch)
folder="$root/artifacts/fuzz"

# Whose branches count: ours, and of others' what reads the bytes.
instrumented=(
  Orleans.Chat.{Protocol,Protocol.MessagePack,Gateway,Grains,Grains.Interfaces,PushStreams,Storage}.dll
  Microsoft.AspNetCore.SignalR.Protocols.MessagePack.dll MessagePack.dll
  Orleans.Serialization.dll Orleans.Streaming.dll
  Microsoft.IdentityModel.JsonWebTokens.dll Microsoft.IdentityModel.Tokens.dll
)
# The same, of what lies in the shared framework. There it is compiled ahead, which cannot be instrumented; its package, which the client has, is not.
framework=Microsoft.AspNetCore.SignalR.Protocols.Json

usage() {
  cat <<USAGE
tests/Fuzz/run.sh TARGET [SECONDS]   fuzzes one of: ${all[*]}; or all of them, one after the other (600 seconds each)
Begins with the inputs of corpus/ and found/. Inputs that crash or hang are kept in artifacts/fuzz/TARGET/, read once more
at the end, and make this end with 1. To read one again: dotnet artifacts/bin/Fuzz/release/Orleans.Chat.Fuzz.dll TARGET FILE
USAGE
}

need_afl() { command -v afl-fuzz >/dev/null || apt_install afl++; }

instrument() {
  local before
  before="$(sha256sum <"$1")"
  dotnet sharpfuzz "$1"
  # The tool ends with 0 whatever happened.
  [[ "$before" != "$(sha256sum <"$1")" ]] || die "$1 was not instrumented."
}

# The program with its assemblies instrumented, and a dotnet whose framework has one that is.
prepare() {
  say "building and instrumenting into artifacts/fuzz"
  mkdir -p "$folder"
  # Without analyzers: test.sh looks for the mark.
  touch artifacts/unanalyzed
  dotnet build tests/Fuzz -c Release -v quiet -clp:NoSummary -p:RunAnalyzers=false >&2 || die "Fuzz does not build."
  dotnet tool restore >/dev/null
  rm -rf "$folder/bin" "$folder/plain" "$folder/dotnet"
  cp -r artifacts/bin/Fuzz/release "$folder/bin"
  cp -r artifacts/bin/Fuzz/release "$folder/plain"
  local assembly
  for assembly in "${instrumented[@]}"; do instrument "$folder/bin/$assembly"; done

  local home copy package
  dotnet restore Client -v quiet >&2
  package="$(find "${NUGET_PACKAGES:-$HOME/.nuget/packages}/${framework,,}" -path "*/lib/net10.0/$framework.dll" | sort -V | tail -n 1)"
  home="$(dirname "$(readlink -f "$(command -v dotnet)")")"
  mkdir -p "$folder/dotnet"
  cp "$home/dotnet" "$folder/dotnet/"
  cp -rs "$home/host" "$home/shared" "$folder/dotnet/"
  for copy in "$folder/dotnet/shared/Microsoft.AspNetCore.App"/*/"$framework.dll"; do
    cp --remove-destination "$package" "$copy"
    instrument "$copy"
  done
}

stat_of() { sed -n "s/^$1 *: *//p" "$2"; }

# One target for so many seconds; fails when an input shows a bug.
fuzz() {
  local target="$1" seconds="$2" place="$folder/$1" words=() stats log code=0 input
  rm -rf "$place"
  mkdir -p "$place/in"
  cp "tests/Fuzz/corpus/$target"/* "$place/in/"
  [[ ! -d "tests/Fuzz/found/$target" ]] || cp "tests/Fuzz/found/$target"/* "$place/in/"
  [[ ! -f "tests/Fuzz/dictionaries/$target.dict" ]] || words=(-x "tests/Fuzz/dictionaries/$target.dict")
  log="$place/afl.log"
  say "fuzzing $target for $seconds s ($log)"
  # The program itself says when a reading took more than a second; afl-fuzz waits as long as one that was killed takes to come back on a busy machine.
  # Half a GB is far more than any input needs: what asks for more is to fail, and not the machine.
  PATH="$folder/dotnet:$PATH" DOTNET_ROOT="$folder/dotnet" DOTNET_GCHeapHardLimit=0x20000000 DOTNET_gcServer=0 \
    AFL_SKIP_BIN_CHECK=1 AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1 AFL_NO_UI=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 \
    AFL_FORKSRV_INIT_TMOUT=60000 \
    afl-fuzz -i "$place/in" -o "$place" -V "$seconds" -t 20000 -m none -G 8192 "${words[@]}" \
    -- "$folder/dotnet/dotnet" "$folder/bin/Orleans.Chat.Fuzz.dll" "$target" >"$log" 2>&1 || code=$?
  stats="$place/default/fuzzer_stats"
  ((code == 0)) && [[ -f "$stats" ]] || { tail -n 30 "$log" >&2; die "afl-fuzz ended with $code."; }
  printf '%-12s %s s, %s executions (%s/s), %s paths (%s in the corpus), coverage %s, %s crashes, %s hangs\n' "$target" \
    "$(stat_of run_time "$stats")" "$(stat_of execs_done "$stats")" "$(stat_of execs_per_sec "$stats")" \
    "$(stat_of corpus_count "$stats")" "$(find "$place/in" -type f | wc -l)" "$(stat_of bitmap_cvg "$stats")" \
    "$(stat_of saved_crashes "$stats")" "$(stat_of saved_hangs "$stats")"
  # Not instrumented, each in a process of its own: a stack that overflows would end the others too.
  code=0
  for input in "$place"/default/{crashes,hangs}/id:*; do
    [[ -f "$input" ]] || continue
    timeout 20 dotnet "$folder/plain/Orleans.Chat.Fuzz.dll" "$target" "$input" || code=1
  done
  return "$code"
}

case "${1:---help}" in
  -h | --help) usage; exit 0 ;;
  all) targets=("${all[@]}") ;;
  *) [[ " ${all[*]} " == *" $1 "* ]] || { usage >&2; exit 2; }; targets=("$1") ;;
esac
need_dotnet
need_afl
prepare
result=0
for target in "${targets[@]}"; do fuzz "$target" "${2:-600}" || result=1; done
exit "$result"
