using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.Grains.Tests.Chats;
using Orleans.Chat.Protocol;
using Orleans.Chat.Support;
using static Orleans.Chat.Grains.Tests.Chats.ChatTestCalls;

namespace Orleans.Chat.Grains.Tests.Delivery;

/// <summary>A silo of two that goes: killed with what it held, or stopped, handing it over.</summary>
[Collection(ClustersCollection.Name)]
public sealed class SiloLossTests(ChatDatabase database) : IClassFixture<ChatDatabase>, IAsyncLifetime
{
    private GrainCluster _cluster = null!;
    private string _ann = "";
    private string _bob = "";

    public async ValueTask InitializeAsync()
    {
        _cluster = await GrainCluster.StartAsync(database.ConnectionString, new ClusterSetup { Silos = 2 });
        (_ann, _bob) = (await _cluster.NewUserAsync("ann"), await _cluster.NewUserAsync("bob"));
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task A_member_whose_session_dies_with_its_silo_gets_every_event_and_is_found_again()
    {
        await using var gateway = await _cluster.NewGatewayAsync();
        await gateway.ConnectAsync(_bob);
        var session = (await _cluster.PlaceOfAsync(_cluster.Client.Session(_bob)))!;
        var chat = await NewGroupElsewhereAsync(session);
        var said = await _cluster.SayAsync(chat, _ann, "before");
        await gateway.Chat(chat).ReachAsync(said.Revision);

        await _cluster.Cluster.KillSiloAsync(_cluster.Silo(session));
        await gateway.SubscribeAsync();
        // The silo of the chat asks for the session again once it knows that the other one is gone, and all the while the chat goes on.
        await Eventually.HoldsAsync(async () =>
        {
            said = await _cluster.SendThroughLossAsync(chat, _ann, Text("while"));
            return await _cluster.PlaceOfAsync(_cluster.Client.Session(_bob)) is { } place && !place.Equals(session);
        });
        said = await _cluster.SayAsync(chat, _ann, "after");
        await gateway.Chat(chat).ReachAsync(said.Revision);

        await using var other = await _cluster.NewGatewayAsync("other");
        await other.ConnectAsync(_bob);
        said = await _cluster.SayAsync(chat, _ann, "on both");
        await other.Chat(chat).PushedAsync(p => p.Entries.Any(e => e.Revision == said.Revision));
        await gateway.Chat(chat).ReachAsync(said.Revision);
        gateway.Chat(chat).MessageIds.ShouldBe((await _cluster.AllAsync(chat, _bob)).Select(m => m.MessageId));
    }

    [Fact]
    public async Task A_silo_that_is_stopped_hands_its_chats_over_and_loses_nothing_of_what_is_being_sent()
    {
        const int Chats = 6;
        await using var gateway = await _cluster.NewGatewayAsync();
        await gateway.ConnectAsync(_bob);
        var stopped = _cluster.Cluster.Silos[1];
        var chats = new List<string>();
        for (var i = 0; i < Chats; i++)
            chats.Add(await NewGroupElsewhereAsync(_cluster.Cluster.Silos[0].SiloAddress));
        using var enough = new CancellationTokenSource();
        var begun = new CountdownEvent(Chats);

        var writing = chats.ConvertAll(c => Task.Run(() => WriteAsync(c, begun, enough.Token)));
        begun.Wait(TestContext.Current.CancellationToken);
        await _cluster.Cluster.StopSiloAsync(stopped);
        await enough.CancelAsync();
        var written = await Task.WhenAll(writing);

        foreach (var (chat, sent) in chats.Zip(written))
        {
            sent.Select(s => s.Seq).ShouldBe(Enumerable.Range(1, sent.Count).Select(i => (long)i));
            (await _cluster.PlaceOfAsync(_cluster.Client.Chat(chat))).ShouldBe(_cluster.Cluster.Silos[0].SiloAddress);
            await gateway.Chat(chat).ReachAsync(sent[^1].Revision);
            gateway.Chat(chat).MessageIds.ShouldBe(sent.Select(s => s.MessageId));
            (await database.CountAsync(chat)).Messages.ShouldBe(sent.Count);
        }
    }

    private async Task<List<SentMessage>> WriteAsync(string chat, CountdownEvent begun, CancellationToken enough)
    {
        var sent = new List<SentMessage>();
        // And some more after the silo is gone.
        for (var i = 0; i < 5; i += enough.IsCancellationRequested ? 1 : 0)
        {
            sent.Add(await _cluster.SendThroughLossAsync(chat, _ann, Text($"{sent.Count}")));
            if (sent.Count == 1)
                begun.Signal();
        }
        return sent;
    }

    /// <summary>A group whose activation is not on this silo.</summary>
    private async Task<string> NewGroupElsewhereAsync(SiloAddress silo)
    {
        while (true)
        {
            var chat = await _cluster.NewGroupAsync(_ann, _bob);
            if (!silo.Equals(await _cluster.PlaceOfAsync(_cluster.Client.Chat(chat))))
                return chat;
        }
    }
}
