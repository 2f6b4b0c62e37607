using Microsoft.AspNetCore.SignalR.Protocol;
using Orleans.Chat.Gateway.Hubs;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Fuzz.Targets;

/// <summary>A call of each method of the hub, and the messages that are no calls, as a client writes them.</summary>
internal static class HubSeeds
{
    private const string MessageId = "01993c5e-7d1a-7cc3-98e7-2f2a5a3f3d11";

    public static IEnumerable<Seed> Of(IHubProtocol protocol)
    {
        foreach (var (name, message) in Calls().Concat(Others()))
            yield return new Seed(name, protocol.GetMessageBytes(message).ToArray());
        yield return new Seed(
            "several",
            [.. protocol.GetMessageBytes(PingMessage.Instance).Span, .. protocol.GetMessageBytes(Call(nameof(ChatHub.Ping))).Span]
        );
    }

    private static IEnumerable<(string Name, HubMessage Message)> Calls()
    {
        var metadata = new MetadataJson($$"""{"reply_to":"{{MessageId}}","mentions":["bob"],"n":[1,-2.5e3,true,null,{"é":"\n👍"}]}""");
        yield return (
            "send",
            Call(
                nameof(ChatHub.SendMessage),
                new SendMessage
                {
                    ChatId = "chat",
                    SenderId = "alice",
                    Content = "hé \"llo\"",
                    Type = MessageTypes.Text,
                    MessageId = MessageId,
                    Metadata = metadata,
                }
            )
        );
        yield return ("send-short", Call(nameof(ChatHub.SendMessage), new SendMessage { ChatId = "c", Type = "image" }));
        yield return (
            "edit",
            Call(
                nameof(ChatHub.EditMessage),
                new EditMessage
                {
                    ChatId = "chat",
                    MessageId = MessageId,
                    Content = "x",
                    Metadata = MetadataJson.Empty,
                }
            )
        );
        yield return (
            "delete",
            Call(
                nameof(ChatHub.DeleteMessage),
                new DeleteMessage
                {
                    ChatId = "chat",
                    MessageId = MessageId,
                    For = "me",
                }
            )
        );
        yield return (
            "react",
            Call(
                nameof(ChatHub.React),
                new React
                {
                    ChatId = "chat",
                    MessageId = MessageId,
                    Emoji = "👍",
                    Removed = false,
                }
            )
        );
        yield return (
            "acknowledge",
            Call(
                nameof(ChatHub.Acknowledge),
                new Acknowledge[]
                {
                    new() { ChatId = "chat", ReadSeq = 7 },
                    new() { ChatId = "d", DeliveredSeq = long.MaxValue },
                }
            )
        );
        yield return ("typing", Call(nameof(ChatHub.Typing), new Typing { ChatId = "chat", IsTyping = true }));
        yield return ("sync", Call(nameof(ChatHub.Sync), new SyncRequest { Since = "cDF8aHw" }));
        yield return ("sync-null", Call<SyncRequest?>(nameof(ChatHub.Sync), null));
        yield return (
            "changes",
            Call(
                nameof(ChatHub.GetChanges),
                new GetChanges
                {
                    ChatId = "chat",
                    AfterRevision = 300,
                    Limit = 200,
                }
            )
        );
        yield return ("set-presence", Call(nameof(ChatHub.SetPresence), new SetPresence { Status = PresenceStatus.Away }));
        yield return ("watch-presence", Call(nameof(ChatHub.WatchPresence), new WatchPresence { UserIds = ["alice", "bob"] }));
        yield return ("reauthenticate", Call(nameof(ChatHub.Reauthenticate), new Reauthenticate { AccessToken = "a.b.c" }));
        yield return ("ping", Call(nameof(ChatHub.Ping)));
    }

    private static IEnumerable<(string Name, HubMessage Message)> Others()
    {
        yield return ("no-answer", new InvocationMessage(nameof(ChatHub.Typing), [new Typing { ChatId = "chat", IsTyping = false }]));
        yield return (
            "headers",
            new InvocationMessage("7", nameof(ChatHub.Ping), [])
            {
                Headers = new Dictionary<string, string>(StringComparer.Ordinal) { ["traceparent"] = "00-0-0-01" },
            }
        );
        yield return ("keep-alive", PingMessage.Instance);
        yield return ("close", new CloseMessage("bye", allowReconnect: true));
        yield return ("cancel", new CancelInvocationMessage("7"));
        yield return ("result", CompletionMessage.Empty("7"));
        yield return ("error", CompletionMessage.WithError("7", "no"));
        yield return ("ack", new AckMessage(3));
        yield return ("sequence", new SequenceMessage(4));
    }

    private static InvocationMessage Call(string method) => new("1", method, []);

    private static InvocationMessage Call<T>(string method, T argument) => new("1", method, [argument]);
}
