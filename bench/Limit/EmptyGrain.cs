namespace Orleans.Chat.Limit;

/// <summary>Takes a message and does nothing with it.</summary>
[Alias("empty-grain")]
public interface IEmptyGrain : IGrainWithStringKey
{
    /// <summary>Answers at once.</summary>
    [Alias("send")]
    Task<long> Send(string sender, string messageId, string content);
}

internal sealed class EmptyGrain : Grain, IEmptyGrain
{
    private long _count;

    public Task<long> Send(string sender, string messageId, string content) => Task.FromResult(++_count);
}

/// <summary>The bare hub with a call of a grain before each relay, as our own makes one.</summary>
internal sealed class GrainHub(Rooms rooms, IGrainFactory grains) : BareHub(rooms)
{
    public override async Task<string> SendMessage(BareMessage message)
    {
        await grains.GetGrain<IEmptyGrain>(message.ChatId).Send(Context.ConnectionId, message.MessageId, message.Content);
        return await base.SendMessage(message);
    }
}
