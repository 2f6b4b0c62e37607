using Orleans.Chat.Check.Facts;
using Orleans.Chat.Check.Histories;

namespace Orleans.Chat.Check.Promises;

/* The body at the end is that of the edit with the highest acknowledged revision, or of one whose outcome is open: that one may have come last. The same
 * for what an edit's own revision shows: its body, or a later one's, since the feed tells the present state. */
internal sealed class Edits(Ledger ledger, Findings findings, EditLog edits) : Rule(ledger, findings)
{
    // What was shown at the revision of an edit: few bodies, however many are shown it.
    private readonly Dictionary<(int Message, long Revision), List<(ulong Hash, long T, LinePlace Place)>> _shown = [];

    public override void Take(in HistoryEvent e)
    {
        switch (e.Type)
        {
            case LineType.Edit:
                edits.Begin(e);
                break;
            case LineType.EditAck:
                edits.End(e, Outcome.Done);
                break;
            case LineType.EditFail:
                edits.End(e, Outcome.Refused);
                break;
            case LineType.EditUnknown:
                edits.End(e, Outcome.Open);
                break;
            case LineType.Event when e.Kind == ChangeKind.Edited && e.IsInFeed && e.Hash != 0:
                Show(e);
                break;
        }
    }

    public override void Finish()
    {
        foreach (var (i, attempts) in edits.All)
        {
            ref var message = ref Ledger.Messages[i];
            if (message.IsInLog && !message.RowDeleted)
                Stays(message, attempts);
            foreach (var edit in attempts)
            {
                if (edit.Outcome == Outcome.Done && _shown.TryGetValue((i, edit.Revision), out var shown))
                    ShowsItself(i, attempts, edit, shown);
            }
        }
    }

    private void Show(in HistoryEvent e)
    {
        if (!_shown.TryGetValue((e.Message, e.Revision), out var shown))
            _shown.Add((e.Message, e.Revision), shown = []);
        foreach (var (hash, _, _) in shown)
        {
            if (hash == e.Hash)
                return;
        }
        shown.Add((e.Hash, e.T, e.Place));
    }

    private void Stays(in MessageFacts message, List<Attempt> attempts)
    {
        var readAt = Ledger.Chats[message.Chat].LogReadAt;
        var last = attempts.Where(a => a.Outcome == Outcome.Done && a.DoneAt < readAt).MaxBy(a => a.Revision);
        var hash = message.RowHash;
        // A body that nobody sent is corrupt, and told as that.
        if (hash != message.Hash && !attempts.Exists(a => a.Hash == hash))
            return;
        Findings.Check(Promise.Edits);
        if (last is null ? hash == message.Hash || MayBe(attempts, hash, 0) : MayBe(attempts, hash, last.Revision))
            return;
        var what = last is null ? "a refused edit is in the log" : $"the edit at revision {last.Revision} is not in the log";
        Findings.Add(
            Promise.Edits,
            last?.DoneAt ?? readAt,
            message.Chat,
            what,
            last?.Place ?? message.Invoked,
            last?.DonePlace ?? default,
            message.Row
        );
    }

    private void ShowsItself(int message, List<Attempt> attempts, Attempt edit, List<(ulong Hash, long T, LinePlace Place)> shown)
    {
        Findings.Check(Promise.Edits);
        foreach (var (hash, t, place) in shown)
        {
            // Corrupt when it is nobody's.
            if (!MayBe(attempts, hash, edit.Revision) && (Ledger.WasSent(message, hash) || attempts.Exists(a => a.Hash == hash)))
                Findings.Add(
                    Promise.Edits,
                    t,
                    Ledger.Messages[message].Chat,
                    $"revision {edit.Revision} shows what was before it",
                    edit.Place,
                    edit.DonePlace,
                    place
                );
        }
    }

    private static bool MayBe(List<Attempt> attempts, ulong hash, long revision) =>
        attempts.Exists(a =>
            a.Hash == hash
            && a.Outcome switch
            {
                Outcome.Open => true,
                Outcome.Done => a.Revision >= revision,
                _ => false,
            }
        );
}
