using System.Text;
using System.Text.Json;
using MessagePack;
using Microsoft.AspNetCore.SignalR.Protocol;
using Orleans.Chat.Gateway;
using Orleans.Chat.Gateway.Hubs;
using Orleans.Chat.Gateway.Validation;
using Orleans.Chat.Protocol;
using Orleans.Chat.Protocol.MessagePack;

namespace Orleans.Chat.Fuzz.Targets;

/* What a hub's method does with its argument before it asks a grain: the same rules. Of a message that passes them more is expected: every member
 * must be able to read it, in either protocol. */
internal static class HubCalls
{
    private const string Caller = "alice";
    private static readonly LimitOptions Limits = new();

    /// <summary>Why the call is refused; null when a grain would be asked.</summary>
    public static Problem? Check(InvocationMessage call) =>
        call.Arguments switch
        {
            [RefusedCall refused] => refused.Problem,
            [] => null,
            [null] => call.Target == nameof(ChatHub.Sync) ? null : Problem.Invalid("body", "It is required."),
            [SendMessage send] => Send(send),
            [EditMessage edit] => Edit(edit),
            [DeleteMessage delete] => MessageRules.Delete(delete),
            [React react] => MessageRules.React(react),
            [Acknowledge?[] entries] => MessageRules.Acknowledge(entries),
            [Typing typing] => MessageRules.Typing(typing),
            [SyncRequest sync] => ChatRequestRules.Sync(sync),
            [GetChanges changes] => ChatRequestRules.Changes(new Errors(), changes, Limits),
            [SetPresence presence] => AccountRules.SetPresence(presence),
            [WatchPresence watch] => AccountRules.WatchPresence(watch, Limits),
            [Reauthenticate reauthenticate] => AccountRules.Reauthenticate(reauthenticate),
            _ => throw new FindingException($"{call.Target} was bound to arguments that it does not take."),
        };

    private static Problem? Send(SendMessage send)
    {
        var outcome = MessageRules.Send(send, Caller, Limits);
        if (outcome.Value is { } message)
            MustBeReadable(message.MessageId, message.Content, message.Type, message.Metadata);
        return outcome.Problem;
    }

    private static Problem? Edit(EditMessage edit)
    {
        var outcome = MessageRules.Edit(edit, Limits);
        if (outcome.Value is { } message)
            MustBeReadable(message.MessageId!, message.Content!, MessageTypes.Text, message.Metadata);
        return outcome.Problem;
    }

    private static void MustBeReadable(string messageId, string content, string type, MetadataJson? metadata)
    {
        var told = new MessageCreated(
            new Message
            {
                MessageId = messageId,
                ChatId = "chat",
                Seq = 1,
                Revision = 1,
                SenderId = Caller,
                Content = content,
                Type = type,
                Metadata = metadata,
                CreatedAt = DateTimeOffset.UnixEpoch,
                UpdatedAt = DateTimeOffset.UnixEpoch,
            }
        );
        var json = JsonSerializer.SerializeToUtf8Bytes<ChatEvent>(told, ProtocolJson.Options);
        MustSay(content, JsonSerializer.Deserialize<ChatEvent>(json, ProtocolJson.Options));
        MustSay(
            content,
            MessagePackSerializer.Deserialize<ChatEvent>(
                MessagePackSerializer.Serialize<ChatEvent>(told, ProtocolMessagePack.Options),
                ProtocolMessagePack.Options
            )
        );
        if (metadata is not null && Encoding.UTF8.GetByteCount(metadata.Json) > Limits.MaxMetadataBytes)
            throw new FindingException("Metadata over the limit was taken.");
    }

    private static void MustSay(string content, ChatEvent? read)
    {
        if (read is not MessageCreated { Message: var message } || message.Content != content)
            throw new FindingException("A message is not what was sent when a member reads it.");
    }
}
