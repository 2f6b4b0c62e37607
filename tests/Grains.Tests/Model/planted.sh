#!/usr/bin/env bash
# Plants one bug after the other into the grains of a copy, and tells whether ModelTests sees it. See --help.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)"
cd "$root"
source deploy/local/setup.sh

# Name, file below Grains/Chats, and what sed does to it.
bugs=(
  "others' messages are edited|ChatGrain.Messages.cs|s/old.SenderId != caller || old.Type == MessageTypes.System/old.Type == MessageTypes.System/"
  "members delete others' messages|ChatRules.cs|s/own || (type != ChatTypes.Direct \&\& Leads(role))/own || type != ChatTypes.Direct/"
  "a reaction that is taken back stays|ChatGrain.Messages.cs|s/reaction.UserIds.Where(u => u != user)/reaction.UserIds/"
  "a new member sees what came before it|ActiveChat.cs|s/HistoryAll ? 0 : member.JoinedSeq/0/"
  "what was hidden is shown from memory|ChatTail.cs|s/users.Add(userId);/_ = userId;/"
  "cursors go back|ChatMember.cs|s/DeliveredSeq = Math.Max(DeliveredSeq, delivered);/DeliveredSeq = delivered;/"
  "read by all but one is read|ActiveChat.cs|s/lowest.ReadBy == senderId ? lowest.ReadNext : lowest.Read/lowest.ReadNext/"
  "the lowest cursors are kept when a member leaves|ActiveChat.cs|/Members.Remove(userId);/,/^    }/ s/_lowest = null;//"
  "another text is a repeat|ChatGrain.Send.cs|s/sender == otherSender \&\& fingerprint.*;/sender == otherSender;/"
  "the newest member inherits|ChatRules.cs|s/.ThenBy(m => m.JoinedAt)/.ThenByDescending(m => m.JoinedAt)/"
  "admins make admins|ChatRules.cs|s/!Leads(oldRole) \&\& !Leads(newRole)/!Leads(oldRole)/"
  "a page of changes lacks its last|ChatTail.cs|s/if (found.Count == limit)/if (found.Count == limit - 1 \&\& limit > 1)/"
  "changes in memory begin one too late|ChatTail.cs|s/_changes.Peek().Revision > after + 1/_changes.Peek().Revision > after + 2/"
  "who was removed reads on|ChatGrain.cs|s/return chat.Members.TryGetValue(user, out member!) ? null : Problem.NotFound;/member = chat.Members.GetValueOrDefault(user) ?? chat.Members.Values.First(); return null;/"
)

usage() {
  cat <<USAGE
tests/Grains.Tests/Model/planted.sh [SECONDS] [NAME]   each of ${#bugs[@]} bugs by itself, or those of that name, looked for as long over each store (20)
Ends with 1 when one was not seen. About a minute and a half each.
USAGE
}
case "${1:-}" in -h | --help) usage; exit 0 ;; esac
seconds="${1:-20}"
only="${2:-}"
need_dotnet
need_postgres

copy="$root/artifacts/planted"
mkdir -p "$copy"
git ls-files -z --cached --others --exclude-standard | tar --create --null --files-from - --ignore-failed-read 2>/dev/null | tar --extract --directory "$copy"
cd "$copy"
unseen=0
for bug in "${bugs[@]}"; do
  IFS='|' read -r name file change <<<"${bug//||/$'\x01'}"
  change="${change//$'\x01'/||}"
  [[ "$name" == *"$only"* ]] || continue
  cp "$root/Grains/Chats/$file" "Grains/Chats/$file"
  sed -i "$change" "Grains/Chats/$file"
  ! cmp -s "$root/Grains/Chats/$file" "Grains/Chats/$file" || die "$name: nothing of $file is changed by $change"
  dotnet build tests/Grains.Tests -c Release -v quiet -clp:NoSummary -p:RunAnalyzers=false -p:TreatWarningsAsErrors=false -p:EnforceCodeStyleInBuild=false >&2 ||
    die "$name: does not build"
  if MODEL_SECONDS="$seconds" dotnet artifacts/bin/Grains.Tests/release/Orleans.Chat.Grains.Tests.dll -class "*ModelTests" >"$copy/planted.log" 2>&1; then
    printf '%-55s NOT SEEN\n' "$name"
    unseen=1
  else
    # A failure for another reason would be no sight of it.
    grep -q 'the chat and its model part' "$copy/planted.log" && printf '%-55s seen\n' "$name" || { tail -n 30 "$copy/planted.log" >&2; die "$name: the tests failed otherwise"; }
  fi
  cp "$root/Grains/Chats/$file" "Grains/Chats/$file"
done
exit "$unseen"
