using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.Grains.Interfaces.Delivery;
using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Users;
using static Orleans.Chat.Grains.Tests.Chats.ChatTestCalls;

namespace Orleans.Chat.Grains.Tests.Chats;

/// <summary>How far members are, and who is told.</summary>
[Collection(ClustersCollection.Name)]
public sealed class CursorTests(ChatCluster shared) : IClassFixture<ChatCluster>, IAsyncLifetime
{
    private readonly GrainCluster _cluster = shared.Cluster;
    private string _ann = "";
    private string _bob = "";

    public async ValueTask InitializeAsync() => (_ann, _bob) = (await _cluster.NewUserAsync("ann"), await _cluster.NewUserAsync("bob"));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Cursors_only_grow_stop_at_the_head_and_read_counts_as_delivered()
    {
        var chat = await _cluster.NewGroupAsync(_ann, _bob);
        var grain = _cluster.Client.Chat(chat);
        for (var i = 0; i < 5; i++)
            await _cluster.SayAsync(chat, _ann, $"{i}");

        (await AckAsync(2, null)).ShouldBe((2, 0));
        (await AckAsync(1, null)).ShouldBe((2, 0));
        (await AckAsync(null, 3)).ShouldBe((3, 3));
        (await AckAsync(0, 2)).ShouldBe((3, 3));
        (await AckAsync(-5, -5)).ShouldBe((3, 3));
        (await StatusesAsync()).ShouldBe(["read", "read", "read", "sent", "sent"]);
        (await AckAsync(4, null)).ShouldBe((4, 3));
        (await StatusesAsync()).ShouldBe(["read", "read", "read", "delivered", "sent"]);
        (await AskAsync(() => grain.Get(_bob))).UnreadCount.ShouldBe(2);
        (await AckAsync(null, 1_000)).ShouldBe((5, 5));
        (await grain.Acknowledge("a stranger", 5, 5)).ShouldBeNull();
        (await AskAsync(() => grain.Get(_bob))).UnreadCount.ShouldBe(0);

        // And they are there for the next activation.
        await _cluster.DeactivateAsync(grain);
        (await AckAsync(null, null)).ShouldBe((5, 5));

        async Task<(long, long)> AckAsync(long? delivered, long? read)
        {
            var cursor = (await grain.Acknowledge(_bob, delivered, read))!;
            return (cursor.DeliveredSeq, cursor.ReadSeq);
        }

        async Task<IEnumerable<string>> StatusesAsync() => (await _cluster.AllAsync(chat, _ann)).Select(m => m.Status);
    }

    [Fact]
    public async Task Receipts_are_gathered_and_the_last_one_tells_where_the_member_is()
    {
        const int Messages = 20;
        var gateway = await _cluster.NewGatewayAsync();
        await gateway.ConnectAsync(_ann);
        var chat = await _cluster.NewGroupAsync(_ann, _bob);
        for (var i = 0; i < Messages; i++)
            await _cluster.SayAsync(chat, _ann, $"{i}");

        for (var i = 1; i <= Messages; i++)
            await _cluster.Client.Chat(chat).Acknowledge(_bob, i, i);

        await gateway.HearsAsync<ChatEphemeral>(e => Of(chat, e).Any(r => r.ReadSeq == Messages));
        var receipts = gateway.Others.OfType<ChatEphemeral>().SelectMany(e => Of(chat, e)).ToArray();
        receipts.ShouldAllBe(r => r.UserId == _bob && r.DeliveredSeq == r.ReadSeq);
        receipts.Length.ShouldBeLessThan(Messages);
    }

    [Fact]
    public async Task A_chat_rests_when_who_read_last_has_left()
    {
        var chat = await _cluster.NewGroupAsync(_ann, _bob);
        var grain = _cluster.Client.Chat(chat);
        await _cluster.SayAsync(chat, _ann, "read, and gone");
        (await grain.Acknowledge(_bob, 1, 1)).ShouldNotBeNull();
        await AskAsync(() => grain.RemoveMember(_bob, _bob));

        // There is no cursor of his to write any more. An activation that waits for one is waited for half a minute.
        await _cluster.DeactivateAsync(grain).WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Of_two_who_are_blocked_neither_sees_how_far_the_other_is_nor_that_it_types()
    {
        var gateway = await _cluster.NewGatewayAsync();
        await gateway.ConnectAsync(_ann);
        await gateway.ConnectAsync(_bob);
        var chat = await _cluster.NewChatAsync(ChatTypes.Direct, null, _ann, _bob);
        var grain = _cluster.Client.Chat(chat);
        await _cluster.SayAsync(chat, _ann, "hello");
        await BlockAsync(blocked: true);

        await grain.Acknowledge(_bob, 1, 1);
        await grain.Typing(_bob, isTyping: true);
        await gateway.HearsAsync<ChatEphemeral>(e => Of(chat, e).Any());

        var told = gateway.Others.OfType<ChatEphemeral>().Where(e => e.ChatId == chat).ToArray();
        told.ShouldAllBe(e => e.Except == _ann && Of(chat, e).Count() == e.Events.Length);
        (await _cluster.AllAsync(chat, _ann))[0].Status.ShouldBe(MessageStatus.Sent);
        (await AskAsync(() => grain.Members(_ann, null, 10))).Members.Single(m => m.UserId == _bob).ReadSeq.ShouldBe(0);
        (await AskAsync(() => grain.SetMember(_ann, _bob, null))).ReadSeq.ShouldBe(0);
        (await AskAsync(() => grain.Members(_bob, null, 10))).Members.Single(m => m.UserId == _bob).ReadSeq.ShouldBe(1);
        (await _cluster.TryAsync(chat, _ann, Text("do you hear me?"))).Problem!.Code.ShouldBe(ProblemCodes.Forbidden);

        await BlockAsync(blocked: false);
        (await _cluster.AllAsync(chat, _ann))[0].Status.ShouldBe(MessageStatus.Read);
        await _cluster.SayAsync(chat, _ann, "you do");

        async Task BlockAsync(bool blocked)
        {
            var store = _cluster.Service<IAccountStore>();
            await store.SetBlockAsync(_bob, _ann, blocked, _cluster.Clock.GetUtcNow(), TestContext.Current.CancellationToken);
            await grain.RefreshBlocks();
        }
    }

    private static IEnumerable<ReceiptEvent> Of(string chat, ChatEphemeral e) => e.ChatId == chat ? e.Events.OfType<ReceiptEvent>() : [];
}
