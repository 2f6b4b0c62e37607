using System.Diagnostics;

namespace Orleans.Chat.Fuzz;

/// <summary>Has an input read, and says whether that cost more memory or time than such an input may.</summary>
internal static class Judge
{
    /// <summary>How long a reading may take: what a fuzzer tries is a few kilobytes.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    // What a refusal costs whatever is refused: exceptions with their stack traces, one for each field that is wrong.
    private const long Free = 1024 * 1024;
    private const long PerByte = 256;

    /// <summary>What became of the input. Throws when that was a bug.</summary>
    public static Reading Read(FuzzTarget target, ReadOnlyMemory<byte> input, TimeSpan patience)
    {
        var cost = Measure(target, input);
        // What is made once and kept (code, a type's contract, a table) is not the input's: the second reading finds it there.
        if (IsTooMuch(cost, input.Length, patience))
            cost = Measure(target, input);
        return IsTooMuch(cost, input.Length, patience)
            ? throw new FindingException($"{input.Length} bytes took {cost.Allocated} bytes and {cost.Took.TotalMilliseconds:F0} ms.")
            : cost.Reading;
    }

    private static bool IsTooMuch(Cost cost, int length, TimeSpan patience) =>
        cost.Allocated > Free + (PerByte * length) || cost.Took > patience;

    private static Cost Measure(FuzzTarget target, ReadOnlyMemory<byte> input)
    {
        var (allocated, start) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.GetTimestamp());
        var reading = target.Read(input);
        return new Cost(reading, GC.GetAllocatedBytesForCurrentThread() - allocated, Stopwatch.GetElapsedTime(start));
    }

    private sealed record Cost(Reading Reading, long Allocated, TimeSpan Took);
}
