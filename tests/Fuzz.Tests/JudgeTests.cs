using System.Diagnostics;

namespace Orleans.Chat.Fuzz.Tests;

public sealed class JudgeTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public void A_reader_that_throws_is_a_finding() =>
        Should.Throw<IndexOutOfRangeException>(() => Judge.Read(new Reader(input => input.Span[9]), new byte[3], Patience));

    [Fact]
    public void A_reader_that_believes_a_length_is_a_finding() =>
        Should.Throw<FindingException>(() => Judge.Read(new Reader(_ => new byte[100_000_000].Length), new byte[4], Patience));

    [Fact]
    public void A_reader_that_takes_too_long_is_a_finding() =>
        Should.Throw<FindingException>(() => Judge.Read(new Reader(_ => Spin()), new byte[4], TimeSpan.FromMilliseconds(1)));

    [Fact]
    public void What_is_made_once_is_not_the_inputs()
    {
        byte[]? kept = null;
        Judge.Read(new Reader(_ => (kept ??= new byte[100_000_000]).Length), new byte[4], Patience).ShouldBe(Reading.Taken);
    }

    [Fact]
    public void Mutations_are_the_same_for_the_same_seed_and_differ_from_each_other()
    {
        byte[][] from =
        [
            [1, 2, 3, 4, 5, 6, 7, 8],
            [9],
        ];
        var (one, other) = (new Mutations(from, 1), new Mutations(from, 1));
        var made = Enumerable.Range(0, 200).Select(_ => Convert.ToHexString(one.Next())).ToArray();

        made.ShouldBe(Enumerable.Range(0, 200).Select(_ => Convert.ToHexString(other.Next())));
        made.Distinct(StringComparer.Ordinal).Count().ShouldBeGreaterThan(100);
    }

    private static int Spin()
    {
        var start = Stopwatch.GetTimestamp();
        SpinWait.SpinUntil(() => Stopwatch.GetElapsedTime(start) > TimeSpan.FromMilliseconds(2));
        return 0;
    }

    private sealed class Reader(Func<ReadOnlyMemory<byte>, int> read) : FuzzTarget
    {
        public override string Name => "reader";

        public override Reading Read(ReadOnlyMemory<byte> input)
        {
            read(input);
            return Reading.Taken;
        }

        public override IEnumerable<Seed> Seeds() => [];
    }
}
