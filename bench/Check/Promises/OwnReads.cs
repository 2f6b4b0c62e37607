using System.Runtime.InteropServices;
using Orleans.Chat.Check.Facts;
using Orleans.Chat.Check.Histories;

namespace Orleans.Chat.Check.Promises;

/// <summary>A read that a client begins after an answer shows what the answer was about.</summary>
internal sealed class OwnReads(Ledger ledger, Findings findings) : Rule(ledger, findings)
{
    private readonly Dictionary<(int Client, int Chat, ulong ReadId), Reading> _open = [];

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Reading(long Seq, LinePlace Acked, LinePlace Begun);

    public override void Take(in HistoryEvent e)
    {
        switch (e.Type)
        {
            case LineType.Read:
                Begin(e, ref Ledger.Here);
                break;
            case LineType.ReadEnd when _open.Remove((e.Client, e.Chat, e.ReadId), out var reading):
                Ledger.Here.Reads--;
                End(e, reading);
                break;
        }
    }

    private void Begin(in HistoryEvent e, ref Position here)
    {
        if (!_open.TryAdd((e.Client, e.Chat, e.ReadId), new Reading(here.Acked, here.AckedPlace, e.Place)))
            return;
        if (here.Reads++ == 0)
            here.ReadsBegan = e.T;
    }

    private void End(in HistoryEvent e, Reading reading)
    {
        if (reading.Seq == 0)
            return;
        Findings.Check(Promise.ReadYourWrites);
        if (e.Seq >= reading.Seq)
            return;
        var what = $"seq {reading.Seq} was acknowledged before the read, which shows up to {e.Seq}";
        Findings.Add(Promise.ReadYourWrites, e.T, e.Chat, what, reading.Acked, reading.Begun, e.Place);
    }
}
