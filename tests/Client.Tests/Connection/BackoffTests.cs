using CsCheck;
using Orleans.Chat.Client.Connection;

namespace Orleans.Chat.Client.Tests.Connection;

public sealed class BackoffTests
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Cap = TimeSpan.FromSeconds(30);

    [Fact]
    public void A_wait_is_between_nothing_and_its_bound()
    {
        Gen.Select(Gen.Int[0, 2_000_000_000], Gen.Int)
            .Sample(
                (failures, seed) =>
                {
                    var backoff = new Backoff(First, Cap, new Random(seed));
                    var wait = backoff.Next(failures);
                    return wait >= TimeSpan.Zero && wait <= backoff.Bound(failures) && wait <= Cap;
                }
            );
    }

    [Theory]
    [InlineData(0, 500)]
    [InlineData(1, 1_000)]
    [InlineData(3, 4_000)]
    [InlineData(6, 30_000)]
    [InlineData(1_000_000, 30_000)]
    public void The_bound_doubles_up_to_the_cap(int failures, int milliseconds) =>
        new Backoff(First, Cap, new Random(1)).Bound(failures).ShouldBe(TimeSpan.FromMilliseconds(milliseconds));

    [Fact]
    public void Many_clients_spread_over_the_whole_wait()
    {
        var backoff = new Backoff(First, Cap, new Random(7));
        var waits = Enumerable.Range(0, 2_000).Select(_ => backoff.Next(10) / Cap).ToArray();
        waits.Count(wait => wait < 0.1).ShouldBeInRange(120, 280);
        waits.Count(wait => wait > 0.9).ShouldBeInRange(120, 280);
    }
}
