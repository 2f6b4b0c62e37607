using Orleans.Chat.Check.Facts;
using Orleans.Chat.Check.Histories;
using Orleans.Chat.Check.Promises;

namespace Orleans.Chat.Check.Verdicts;

/// <summary>Puts every event of a history to every rule.</summary>
internal sealed class Checker
{
    private readonly Ledger _ledger = new();
    private readonly Rule[] _rules;

    public Checker(TimeSpan presenceBound)
    {
        var edits = new EditLog();
        Service = new ServiceMeter(_ledger);
        // Numbering first: others ask whether a number is the one that is agreed on. Edits before bodies, which may be an edit's.
        _rules =
        [
            new Numbering(_ledger, Findings),
            new LogShape(_ledger, Findings),
            new RealTimeOrder(_ledger, Findings),
            new SendingOrder(_ledger, Findings),
            new Repeats(_ledger, Findings),
            new SentMessages(_ledger, Findings),
            new Edits(_ledger, Findings, edits),
            new Bodies(_ledger, Findings, edits),
            new Deletions(_ledger, Findings),
            new Holdings(_ledger, Findings),
            new AppliedChanges(_ledger, Findings),
            new OwnReads(_ledger, Findings),
            new Cursors(_ledger, Findings),
            new Removals(_ledger, Findings),
            new Convergence(_ledger, Findings),
            new PresenceBound(_ledger, Findings, presenceBound),
        ];
    }

    public Findings Findings { get; } = new();

    public ServiceMeter Service { get; }

    public long Events { get; private set; }

    public void Take(in HistoryEvent e)
    {
        Events++;
        _ledger.Enter(e);
        foreach (var rule in _rules)
            rule.Take(e);
        Service.Take(e);
        _ledger.Leave(e);
    }

    public void Finish()
    {
        foreach (var rule in _rules)
            rule.Finish();
        Service.Finish();
    }
}
