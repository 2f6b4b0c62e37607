using Orleans.Chat.Check.Facts;
using Orleans.Chat.Check.Histories;

namespace Orleans.Chat.Check.Promises;

/// <summary>
/// Decides promises. It sees the events by their time, each before the ledger knows it, and after the last one what the ledger came to.
/// </summary>
/// <remarks>
/// A rule calls nothing wrong that some order of what is not in the history explains: an attempt without a definite answer may have an effect at any time,
/// or none; a change may be seen before its sender knows of it; lines of one nanosecond have no order; a history may end anywhere.
/// </remarks>
internal abstract class Rule(Ledger ledger, Findings findings)
{
    protected Ledger Ledger => ledger;

    protected Findings Findings => findings;

    public virtual void Take(in HistoryEvent e) { }

    public virtual void Finish() { }
}
