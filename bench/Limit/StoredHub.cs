using Microsoft.AspNetCore.SignalR;

namespace Orleans.Chat.Limit;

/// <summary>Answers a message once it is committed; both in the chat hear of it from the silo, as a sender's other devices have to.</summary>
internal sealed class StoredHub(Rooms rooms, IGrainFactory grains, Deliveries deliveries) : BareHub(rooms)
{
    public override async Task Join(BareJoin join)
    {
        await base.Join(join);
        await grains.GetGrain<IStoredGrain>(join.ChatId).Subscribe(deliveries.Reference);
    }

    public override async Task<string> SendMessage(BareMessage message)
    {
        await grains.GetGrain<IStoredGrain>(message.ChatId).Send(Context.ConnectionId, message.MessageId, message.Content);
        return message.MessageId;
    }
}

/// <summary>Pushes what the silo tells of.</summary>
internal sealed class Deliveries : IStoredHub
{
    private readonly Rooms _rooms;
    private readonly IHubContext<StoredHub> _hub;

    public Deliveries(Rooms rooms, IHubContext<StoredHub> hub, IGrainFactory grains)
    {
        (_rooms, _hub) = (rooms, hub);
        Reference = grains.CreateObjectReference<IStoredHub>(this);
    }

    public IStoredHub Reference { get; }

    public Task Deliver(string chatId, string messageId, string content)
    {
        var message = new BareMessage
        {
            ChatId = chatId,
            Type = "text",
            MessageId = messageId,
            Content = content,
        };
        return _hub.Clients.Clients(_rooms.Of(chatId)).SendAsync("Events", new[] { message });
    }
}
