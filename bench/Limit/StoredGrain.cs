using Orleans.Concurrency;

namespace Orleans.Chat.Limit;

/// <summary>Told of each message once it is committed; one for each hub.</summary>
[Alias("stored-hub")]
public interface IStoredHub : IGrainObserver
{
    /// <summary>A message of a chat that has somebody here.</summary>
    [OneWay]
    [Alias("deliver")]
    Task Deliver(string chatId, string messageId, string content);
}

/// <summary>Numbers a message, has it committed, tells the hubs, answers: the least that a chat which keeps its messages does.</summary>
[Alias("stored-grain")]
public interface IStoredGrain : IGrainWithStringKey
{
    /// <summary>From now on <paramref name="hub"/> hears of what is sent.</summary>
    [Alias("subscribe")]
    Task Subscribe(IStoredHub hub);

    /// <summary>Answers with the message's number, once it is durable.</summary>
    [Alias("send")]
    Task<long> Send(string sender, string messageId, string content);
}

[Reentrant]
internal sealed class StoredGrain(RowWriter rows) : Grain, IStoredGrain
{
    private readonly HashSet<IStoredHub> _hubs = [];
    private long _seq;

    public Task Subscribe(IStoredHub hub)
    {
        _hubs.Add(hub);
        return Task.CompletedTask;
    }

    public async Task<long> Send(string sender, string messageId, string content)
    {
        var seq = ++_seq;
        var chatId = this.GetPrimaryKeyString();
        await rows.WriteAsync(new Row(chatId, seq, messageId, content));
        foreach (var hub in _hubs)
            await hub.Deliver(chatId, messageId, content);
        return seq;
    }
}
