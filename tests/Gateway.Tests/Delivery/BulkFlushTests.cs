using Orleans.Chat.Gateway.Delivery;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Tests.Delivery;

public sealed class BulkFlushTests
{
    [Fact]
    public async Task The_writes_to_a_large_chat_do_not_hold_up_who_delivers()
    {
        var rig = new Rig();
        using var gate = new ManualResetEventSlim();
        var written = 0;
        var many = Enumerable
            .Range(0, 1_000)
            .Select(i => Connection(rig, $"u{i}", new SlowPort(gate, () => Interlocked.Increment(ref written))));
        List<LocalConnection> large = [.. many];
        foreach (var connection in large)
            connection.Outbound.Offer(Push.Control(new SyncRequired(0)));

        ConnectionTable.Flush(large);

        var other = new FakePort();
        var small = Connection(rig, "other", other);
        small.Outbound.Offer(Push.Control(new SyncRequired(0)));
        ConnectionTable.Flush([small]);
        other.Events.ShouldHaveSingleItem();
        Volatile.Read(ref written).ShouldBe(0);

        gate.Set();
        await rig.Until(() => Volatile.Read(ref written) == large.Count);
    }

    [Fact]
    public void A_write_that_throws_ends_its_connection_alone()
    {
        var rig = new Rig();
        var (broken, sound) = (new BrokenPort(), new FakePort());
        List<LocalConnection> both = [Connection(rig, "anna", broken), Connection(rig, "bert", sound)];
        foreach (var connection in both)
            connection.Outbound.Offer(Push.Control(new SyncRequired(0)));

        ConnectionTable.Flush(both);

        broken.Aborted.ShouldBeTrue();
        sound.Events.ShouldHaveSingleItem();
    }

    private static LocalConnection Connection(Rig rig, string user, IConnectionPort port) =>
        new(user, user, "s", TimeSpan.MaxValue, new Outbound(port, OutboundLimits.Of(new DeliveryOptions()), rig.Time, rig.Metrics));

    private sealed class SlowPort(ManualResetEventSlim gate, Action written) : IConnectionPort
    {
        public int SizeOf(Push push) => 1;

        public ValueTask WriteAsync(Push push)
        {
            gate.Wait();
            written();
            return ValueTask.CompletedTask;
        }

        public void Close() { }

        public void Abort() { }
    }

    private sealed class BrokenPort : IConnectionPort
    {
        public bool Aborted { get; private set; }

        public int SizeOf(Push push) => 1;

        public ValueTask WriteAsync(Push push) => throw new InvalidOperationException("Nothing can be written of it.");

        public void Close() { }

        public void Abort() => Aborted = true;
    }
}
