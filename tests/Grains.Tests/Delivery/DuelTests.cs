using Orleans.Chat.Grains.Tests.Chats;
using Orleans.Chat.Protocol;
using Orleans.Chat.Support;
using static Orleans.Chat.Grains.Tests.Chats.ChatTestCalls;

namespace Orleans.Chat.Grains.Tests.Delivery;

/// <summary>Two clusters that know nothing of each other, over one database.</summary>
public sealed class DuelClusters(PostgresFixture postgres) : ChatCluster(postgres)
{
    internal GrainCluster Other { get; private set; } = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Other = await GrainCluster.StartAsync(Database.ConnectionString);
    }

    public override async ValueTask DisposeAsync()
    {
        await Other.DisposeAsync();
        await base.DisposeAsync();
    }
}

/// <summary>Two activations of one chat at once, both alive and both written to, as a partition leaves them.</summary>
[Collection(ClustersCollection.Name)]
public sealed class DuelTests(DuelClusters clusters) : IClassFixture<DuelClusters>, IAsyncLifetime
{
    private readonly GrainCluster _one = clusters.Cluster;
    private readonly GrainCluster _two = clusters.Other;
    private TestGateway _gatewayOne = null!;
    private TestGateway _gatewayTwo = null!;
    private string _ann = "";
    private string _bob = "";
    private string _chat = "";

    public async ValueTask InitializeAsync()
    {
        (_ann, _bob) = (await _one.NewUserAsync("ann"), await _one.NewUserAsync("bob"));
        (_gatewayOne, _gatewayTwo) = (await _one.NewGatewayAsync("one"), await _two.NewGatewayAsync("two"));
        await _gatewayOne.ConnectAsync(_ann);
        await _gatewayTwo.ConnectAsync(_bob);
        _chat = await _one.NewGroupAsync(_ann, _bob);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task The_activation_that_was_replaced_is_fenced_gives_up_and_works_when_it_is_repeated()
    {
        const int Rounds = 8;
        for (var i = 0; i < Rounds; i++)
        {
            // Both are active and believe that the chat is theirs; the second one's first call takes it.
            var first = Text($"one {i}");
            var told = await _one.TryAsync(_chat, _ann, first);
            if (i > 0)
                told.Problem.ShouldNotBeNull().Retry.ShouldBeTrue();
            (await _one.SendAsync(_chat, _ann, first)).Seq.ShouldBe(2 * i + 1);

            var second = Text($"two {i}");
            told = await _two.TryAsync(_chat, _bob, second);
            if (i > 0)
                told.Problem.ShouldNotBeNull().Retry.ShouldBeTrue();
            (await _two.SendAsync(_chat, _bob, second)).Seq.ShouldBe(2 * i + 2);
        }

        await HoldsAsync(2 * Rounds);
    }

    [Fact]
    public async Task Writers_on_both_sides_at_once_leave_one_dense_order_that_both_gateways_see()
    {
        const int Writers = 4;
        const int Messages = 40;

        var written = await Task.WhenAll(
            Enumerable.Range(0, 2 * Writers).Select(w => WriteAsync(w % 2 == 0 ? _one : _two, w % 2 == 0 ? _ann : _bob, w, Messages))
        );

        written.SelectMany(w => w).Select(s => s.Seq).Order().ShouldBe(Enumerable.Range(1, 2 * Writers * Messages).Select(i => (long)i));
        foreach (var writer in written)
            writer.Select(s => s.Seq).ShouldBeInOrder();
        await HoldsAsync(2 * Writers * Messages);
        (await _one.AllAsync(_chat, _ann))
            .Take(2 * Writers * Messages)
            .Select(m => m.MessageId)
            .ShouldBe(written.SelectMany(w => w).OrderBy(s => s.Seq).Select(s => s.MessageId));
    }

    private async Task<List<SentMessage>> WriteAsync(GrainCluster cluster, string sender, int writer, int messages)
    {
        // Off the test's thread: all of them write at once.
        await Task.Yield();
        var sent = new List<SentMessage>();
        for (var i = 0; i < messages; i++)
            sent.Add(await cluster.SayAsync(_chat, sender, $"{writer}: {i}"));
        return sent;
    }

    /// <summary>So many messages and no hole; and once each side has written once more, both gateways have the same.</summary>
    private async Task HoldsAsync(int messages)
    {
        var counts = await clusters.Database.CountAsync(_chat);
        (counts.HeadSeq, counts.MaxSeq, counts.Messages, counts.Ids).ShouldBe((messages, messages, messages, messages));
        counts.Revision.ShouldBe(counts.Messages + counts.Changes);

        // Who was replaced and writes nothing learns nothing: no cluster knows of the other one.
        var one = await _one.SayAsync(_chat, _ann, "the last of one");
        var two = await _two.SayAsync(_chat, _bob, "the last of two");
        var atOne = await _gatewayOne.Chat(_chat).ReachAsync(one.Revision);
        var atTwo = await _gatewayTwo.Chat(_chat).ReachAsync(two.Revision);

        atTwo
            .Take(atOne.Count)
            .Select(e => (e.Revision, e.MessageSeq, Id(e.Event)))
            .ShouldBe(atOne.Select(e => (e.Revision, e.MessageSeq, Id(e.Event))));
        var inStore = (await _two.AllAsync(_chat, _bob)).Select(m => m.MessageId).ToArray();
        _gatewayTwo.Chat(_chat).MessageIds.ShouldBe(inStore);
        _gatewayOne.Chat(_chat).Contradictions.ShouldBeEmpty();
        _gatewayTwo.Chat(_chat).Contradictions.ShouldBeEmpty();

        static string? Id(ChatEvent e) => (e as MessageCreated)?.Message.MessageId;
    }
}
