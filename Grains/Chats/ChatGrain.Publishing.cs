using Orleans.Chat.Grains.Delivery;
using Orleans.Chat.Grains.Interfaces.Delivery;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Grains.Chats;

/* After the commit: one event per gateway that has a member connected, never one per member. One pump, so that revisions leave in order; it
 * waits at most a second for the members' whereabouts, and what is unknown then goes to every gateway.
 *
 * In a large chat an event is a write to each of very many connections, whatever number of messages is in it. So what follows soon after
 * another leaves together: a chat that everybody writes in costs a bounded number of writes, and others' messages do not wait behind them. */
internal sealed partial class ChatGrain
{
    private static readonly TimeSpan RoutePatience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LargeChatPause = TimeSpan.FromMilliseconds(50);
    private readonly ChatRoutes _routes = new();
    private Task _routesKnown = Task.CompletedTask;
    private List<DeliveryEntry> _outbox = [];
    private bool _announceHead;

    private Task Publishing { get; set; } = Task.CompletedTask;

    private bool Precise(ActiveChat chat) => chat.Members.Count <= delivery.Value.PreciseRoutingMaxMembers;

    private void FollowRoutes(ActiveChat chat, IEnumerable<string> users)
    {
        if (Precise(chat))
            _routesKnown = Task.WhenAll(_routesKnown, routes.Follow(_routes, users));
    }

    private void AnnounceHead()
    {
        _announceHead = true;
        Wake();
    }

    private void Publish(DeliveryEntry entry)
    {
        _outbox.Add(entry);
        Wake();
    }

    private void Wake()
    {
        if (Publishing.IsCompleted)
            Publishing = PumpAsync(_chat!);
    }

    private async Task PumpAsync(ActiveChat chat)
    {
        // Lets the other changes of the same commit join the same event.
        await Task.Yield();
        while (_outbox.Count > 0 || _announceHead)
        {
            if (!_routesKnown.IsCompleted)
                await _routesKnown
                    .WaitAsync(RoutePatience, time)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            (var entries, _outbox, _announceHead) = (_outbox, [], false);
            var head = entries.Count > 0 ? entries[^1].Revision : chat.Revision;
            var e = new ChatDelivery
            {
                ChatId = Id,
                Entries = [.. entries],
                Head = head,
                PublishedAtMs = time.GetUtcNow().ToUnixTimeMilliseconds(),
            };
            foreach (var gateway in Targets(chat))
                await publisher.PublishAsync(gateway, e);
            foreach (var entry in entries)
            {
                if (entry.Event is MemberLeft left && !chat.Members.ContainsKey(left.Member.UserId))
                    routes.Leave(_routes, [left.Member.UserId]);
            }
            if (!Precise(chat))
                await Task.Delay(LargeChatPause, time);
        }
    }

    private IReadOnlyList<string> Targets(ActiveChat chat) =>
        !Precise(chat) || _routes.Everywhere ? publisher.LiveGateways : _routes.Gateways;

    /// <summary>Typing and receipts: only where it is known who needs them, and not in chats above the size.</summary>
    private void PublishEphemeral(ActiveChat chat, ChatEvent[] events, string? except)
    {
        if (!Precise(chat))
            return;
        var e = new ChatEphemeral(Id, events, except);
        foreach (var gateway in Targets(chat))
            publisher.PublishAsync(gateway, e).AsTask().Ignore();
    }

    public Task Typing(string user, bool isTyping)
    {
        if (Enter(user, out var chat, out _) is null && chat.Blockers.Count == 0)
            PublishEphemeral(chat, [new TypingEvent(user, isTyping) { ChatId = Id }], except: user);
        return Task.CompletedTask;
    }
}
