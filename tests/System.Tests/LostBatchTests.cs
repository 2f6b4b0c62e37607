using Microsoft.Extensions.DependencyInjection;
using Orleans.Chat.EndToEnd;
using Orleans.Chat.Grains.Interfaces.Delivery;
using Orleans.Chat.PushStreams;
using Orleans.Chat.Support;

namespace Orleans.Chat.SystemTests;

/// <summary>Events that are lost between a silo's commit and a gateway, which no signal and no network fault does to order.</summary>
public sealed class LostBatchTests : IAsyncLifetime
{
    // The contract's: a hole is seen and repaired within six seconds.
    private static readonly TimeSpan Repaired = TimeSpan.FromSeconds(6);
    private readonly TestFolder _folder = new("lost-batch");
    private readonly Loss _loss = new();
    private InProcessPlace _place = null!;

    public async ValueTask InitializeAsync() =>
        _place = await InProcessPlace.StartAsync(_folder.Path, s => s.AddSingleton<IPushStreamInterceptor>(_loss));

    public async ValueTask DisposeAsync()
    {
        await _place.DisposeAsync();
        _folder.Delete();
    }

    [Fact]
    public async Task Lost_events_are_seen_and_repaired_within_six_seconds_without_another_message()
    {
        await using var alice = await _place.NewUserAsync("alice");
        await using var bob = await _place.NewUserAsync("bob");
        var chat = await Place.NewGroupAsync(alice, bob);
        await using var his = await bob.ConnectAsync();
        await Place.SendAsync(alice, chat, "before");
        await Place.MessageAsync(his, chat, "before");

        _loss.Lose(chat);
        for (var i = 0; i < 3; i++)
            await Place.SendAsync(alice, chat, $"lost {i}");
        await Eventually.HoldsAsync("the events are dropped", TimeSpan.FromSeconds(5), () => Task.FromResult(_loss.Lost >= 1));
        await his.Events.WaitUntilAsync(_ => Place.Pushed(his, chat).Length == 4, Repaired);

        Place.Pushed(his, chat).ShouldBe(["before", "lost 0", "lost 1", "lost 2"]);
        his.Events.All.ShouldNotContain(e => EventLog.TypeOf(e) == "gap" || EventLog.TypeOf(e) == "sync.required");
        // And what comes after is pushed as ever.
        _loss.Stop();
        await Place.SendAsync(alice, chat, "after");
        await Place.MessageAsync(his, chat, "after");
    }

    /// <summary>Loses what is told of one chat.</summary>
    private sealed class Loss : IPushStreamInterceptor
    {
        private volatile string? _chat;
        private int _lost;

        public int Lost => Volatile.Read(ref _lost);

        public void Lose(string chat) => _chat = chat;

        public void Stop() => _chat = null;

        public bool Accept(StreamId stream, object item)
        {
            if (item is not GatewayItem { Event: ChatDelivery delivery } || delivery.ChatId != _chat)
                return true;
            Interlocked.Increment(ref _lost);
            return false;
        }
    }
}
