using Orleans.Chat.Check.Facts;

namespace Orleans.Chat.Check.Promises;

/// <summary>Who still follows a chat when all is quiet is where the chat is, and applied what it says that it did.</summary>
internal sealed class Convergence(Ledger ledger, Findings findings) : Rule(ledger, findings)
{
    public override void Finish()
    {
        for (var i = 0; i < Ledger.Positions.Count; i++)
        {
            ref var position = ref Ledger.Positions[i];
            if (position.End.IsNone)
                continue;
            var chat = Ledger.Chats[position.Chat];
            var t = Ledger.Client(position.Client).LastAt;
            if (chat.HasLog)
            {
                Findings.Check(Promise.Convergence);
                if (position.EndRevision != chat.HeadRevision)
                {
                    var what = $"it ends at revision {position.EndRevision}, and the chat at {chat.HeadRevision}";
                    Findings.Add(Promise.Convergence, t, position.Chat, what, position.AppliedPlace, chat.Head, position.End);
                }
            }
            if (position.Begun && position.EndRevision > position.Applied && !MayHaveFetched(position))
            {
                var what = $"it ends at revision {position.EndRevision}, and applied {position.Applied} last";
                Findings.Add(Promise.Gap, t, position.Chat, what, position.AppliedPlace, position.End);
            }
        }
    }

    /// <summary>Who comes back into a chat fetches it, and where it then stands needs no change to tell.</summary>
    private bool MayHaveFetched(in Position position) =>
        Ledger.Client(position.Client).User is >= 0 and var user
        && Ledger.Memberships.MayHaveJoined(user, position.Chat, position.Applied, position.EndRevision);
}
