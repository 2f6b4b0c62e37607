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

        rig.Connections.Flush(large);

        var other = new FakePort();
        var small = Connection(rig, "other", other);
        small.Outbound.Offer(Push.Control(new SyncRequired(0)));
        rig.Connections.Flush([small]);
        other.Events.ShouldHaveSingleItem();
        Volatile.Read(ref written).ShouldBe(0);

        gate.Set();
        await rig.Until(() => Volatile.Read(ref written) == large.Count);
    }

    [Fact]
    public async Task Who_waits_in_the_line_stands_there_once_and_gets_all_that_came_meanwhile_in_one_write()
    {
        var rig = new Rig();
        using var gate = new ManualResetEventSlim();
        var written = 0;
        // As many as can be under way at once, and two turns more.
        var slow = Enumerable
            .Range(0, (Environment.ProcessorCount + 2) * BulkFlush.AtOnce)
            .Select(i => Connection(rig, $"u{i}", new SlowPort(gate, () => Interlocked.Increment(ref written))));
        var waits = new FakePort();
        List<LocalConnection> large = [.. slow, Connection(rig, "waits", waits)];
        Offer(large, revision: 1);
        rig.Connections.Flush(large);
        Offer(large, revision: 2);
        rig.Connections.Flush(large);
        Offer(large, revision: 3);
        rig.Connections.Flush(large);

        gate.Set();
        await rig.Until(() => Volatile.Read(ref written) == 3 * (large.Count - 1));
        await rig.Until(() => waits.Events.Length == 3);
        waits.Events.Select(e => e.Revision).ShouldBe([1L, 2L, 3L]);
        waits.Writes.ShouldBe([3]);
    }

    [Fact]
    public async Task Nothing_stays_behind_however_the_offers_and_the_turns_meet()
    {
        var rig = new Rig();
        var ports = Enumerable.Range(0, BulkFlush.AtOnce + 1).Select(_ => new CountingPort()).ToArray();
        List<LocalConnection> all = [.. ports.Select((p, i) => Connection(rig, $"u{i}", p))];
        const int Rounds = 2_000;

        for (var r = 1; r <= Rounds; r++)
        {
            await Task.WhenAll(Task.Run(OfferAndFlush), Task.Run(OfferAndFlush));
            SpinWait.SpinUntil(() => ports.All(p => p.Count == 2 * r), TimeSpan.FromSeconds(10)).ShouldBeTrue();
        }

        void OfferAndFlush()
        {
            Offer(all, 1);
            rig.Connections.Flush([.. all]);
        }
    }

    [Fact]
    public void A_write_that_throws_ends_its_connection_alone()
    {
        var rig = new Rig();
        var (broken, sound) = (new BrokenPort(), new FakePort());
        List<LocalConnection> both = [Connection(rig, "anna", broken), Connection(rig, "bert", sound)];
        foreach (var connection in both)
            connection.Outbound.Offer(Push.Control(new SyncRequired(0)));

        rig.Connections.Flush(both);

        broken.Aborted.ShouldBeTrue();
        sound.Events.ShouldHaveSingleItem();
    }

    private static void Offer(List<LocalConnection> connections, long revision)
    {
        var push = Push.Durable("chat", [new Noop { ChatId = "chat", Revision = revision }], revision);
        foreach (var connection in connections)
            connection.Outbound.Offer(push);
    }

    private static LocalConnection Connection(Rig rig, string user, IConnectionPort port) =>
        new(user, user, "s", TimeSpan.MaxValue, new Outbound(port, OutboundLimits.Of(new DeliveryOptions()), rig.Time, rig.Metrics));

    private sealed class CountingPort : IConnectionPort
    {
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public int SizeOf(Push push) => 1;

        public ValueTask WriteAsync(Push push)
        {
            Interlocked.Increment(ref _count);
            return ValueTask.CompletedTask;
        }

        public void Close() { }

        public void Abort() { }
    }

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
