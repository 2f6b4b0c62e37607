using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace Orleans.Chat.Load.Chaos;

/* One sender in one chat: a message goes out when the one before it has come to an end, so that the order in which they were meant is the order in which
 * they are to stand there. What cannot be known is repeated with the same id, as a client's outbox does. */

/// <summary>What one device has to say in one chat, one after the other.</summary>
internal sealed class Lane(Device device, string chat, History history, Refusals refusals, ChaosSettings settings, Random random)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(150);
    private readonly Channel<string> _waiting = Channel.CreateBounded<string>(
        new BoundedChannelOptions(256) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait }
    );

    /// <summary>False when too much waits already: the load that was offered is then not taken.</summary>
    public bool Offer(string content) => _waiting.Writer.TryWrite(content);

    public void Complete() => _waiting.Writer.TryComplete();

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await foreach (var content in _waiting.Reader.ReadAllAsync(cancellationToken))
        {
            var id = Guid.CreateVersion7().ToString();
            if (await SendAsync(id, content, cancellationToken) is not { } seq)
                continue;
            var dice = random.NextDouble();
            if (dice < settings.Edits)
                await EditAsync(id, content + " (edited)", cancellationToken);
            else if (dice < settings.Edits + settings.Deletions)
                await DeleteAsync(id, cancellationToken);
            else if (dice < settings.Edits + settings.Deletions + settings.Reads)
                await ReadAsync(cancellationToken);
        }
    }

    private async Task<long?> SendAsync(string id, string content, CancellationToken cancellationToken)
    {
        var message = new JsonObject
        {
            ["chat_id"] = chat,
            ["message_id"] = id,
            ["type"] = "text",
            ["content"] = content,
        };
        var open = false;
        var until = History.Now() + (long)(settings.Patience * 1e9);
        while (true)
        {
            history.Write(Line("invoke", id) with { Hash = History.HashOf(content), UserId = device.User.Id });
            var answer = await device.SendAsync(message, cancellationToken);
            if (answer.Worked)
            {
                var (seq, revision) = (answer.Body.GetProperty("seq").GetInt64(), answer.Body.GetProperty("revision").GetInt64());
                history.Write(Line("ack", id) with { Seq = seq, Revision = revision });
                return seq;
            }
            refusals.Count(answer.Code);
            open |= answer.IsOpen && !answer.IsLater;
            var isLast = !answer.IsOpen && !answer.IsLater;
            if (!isLast && History.Now() < until)
            {
                await Task.Delay(Pause, TimeProvider.System, cancellationToken);
                continue;
            }
            if (!isLast)
                refusals.GiveUp();
            // A refusal says nothing of the tries before it.
            history.Write(Line(open ? "unknown" : "fail", id) with { Code = answer.Code });
            return null;
        }
    }

    private async Task EditAsync(string id, string content, CancellationToken cancellationToken)
    {
        history.Write(Line("edit", id) with { Hash = History.HashOf(content), UserId = device.User.Id });
        var answer = await device.Api.TryAsync(
            HttpMethod.Patch,
            $"chats/{chat}/messages/{id}",
            new JsonObject { ["content"] = content },
            cancellationToken
        );
        if (answer.Worked)
            history.Write(Line("edit_ack", id) with { Revision = answer.Body.GetProperty("revision").GetInt64() });
        else
            history.Write(Line(answer.IsOpen && !answer.IsLater ? "edit_unknown" : "edit_fail", id) with { Code = answer.Code });
    }

    private async Task DeleteAsync(string id, CancellationToken cancellationToken)
    {
        history.Write(Line("delete", id) with { UserId = device.User.Id });
        var answer = await device.Api.TryAsync(
            HttpMethod.Delete,
            $"chats/{chat}/messages/{id}?for=everyone",
            body: null,
            cancellationToken
        );
        if (answer.Worked)
            history.Write(Line("delete_ack", id));
        else
            history.Write(Line(answer.IsOpen && !answer.IsLater ? "delete_unknown" : "delete_fail", id) with { Code = answer.Code });
    }

    /// <summary>Whether the newest page shows what was acknowledged to this device.</summary>
    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        var id = Guid.CreateVersion7().ToString();
        history.Write(
            new HistoryLine
            {
                Type = "read",
                Client = device.Name,
                ChatId = chat,
                ReadId = id,
            }
        );
        var answer = await device.Api.TryAsync(HttpMethod.Get, $"chats/{chat}/messages?limit=1", body: null, cancellationToken);
        if (!answer.Worked)
            return;
        var page = answer.Body.GetProperty("messages");
        history.Write(
            new HistoryLine
            {
                Type = "read_end",
                Client = device.Name,
                ChatId = chat,
                ReadId = id,
                UpToSeq = page.GetArrayLength() > 0 ? page[0].GetProperty("seq").GetInt64() : 0,
            }
        );
    }

    private HistoryLine Line(string type, string id) =>
        new()
        {
            Type = type,
            Client = device.Name,
            ChatId = chat,
            MessageId = id,
        };
}
