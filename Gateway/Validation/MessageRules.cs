using Orleans.Chat.Grains.Interfaces.Chats;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Validation;

/// <summary>The requests about messages: each check tells all that is wrong, or gives what the chat is asked with.</summary>
internal static class MessageRules
{
    public const int MaxEmoji = 32;
    public const int MaxAcknowledged = 1_000;
    private static readonly string[] DeleteFor = ["everyone", "me"];
    private static readonly string[] PageTypes = ["all", .. MessageTypes.All];

    public static Outcome<NewMessage> Send(SendMessage request, string caller, LimitOptions limits)
    {
        var errors = new Errors()
            .Id("chat_id", request.ChatId)
            .Id("sender_id", request.SenderId, required: false)
            .OneOf("type", request.Type, MessageTypes.Sendable)
            .Uuid("message_id", request.MessageId, required: false);
        var mayBeEmpty = request.Type is { } type && MessageTypes.MayBeEmpty.Contains(type);
        var content = request.Content ?? (mayBeEmpty ? "" : null);
        Content(errors, content, mayBeEmpty, limits);
        var fields = MetadataRules.CheckMessage(errors, request.Metadata, limits);
        if (request.SenderId is { } sender && sender != caller)
            errors.Refuse(Problem.Forbidden("Nobody sends in another's name."));
        return errors.Problem is { } problem
            ? problem
            : new NewMessage
            {
                MessageId = request.MessageId ?? Ids.New(),
                Content = content!,
                Type = request.Type!,
                Metadata = fields.Metadata,
                Mentions = fields.Mentions,
                ReplyTo = fields.ReplyTo,
                ThreadId = fields.ThreadId,
            };
    }

    public static Outcome<EditMessage> Edit(EditMessage request, LimitOptions limits)
    {
        var errors = Message(request.ChatId, request.MessageId);
        Content(errors, request.Content, mayBeEmpty: false, limits);
        var fields = MetadataRules.CheckMessage(errors, request.Metadata, limits);
        return errors.Problem is { } problem ? problem : request with { Metadata = fields.Metadata };
    }

    public static Problem? Delete(DeleteMessage request) =>
        Message(request.ChatId, request.MessageId).OneOf("for", request.For, DeleteFor, required: false).Problem;

    public static Problem? React(React request)
    {
        var errors = Message(request.ChatId, request.MessageId).Text("emoji", request.Emoji, 1, MaxEmoji);
        if (request.Emoji is { Length: > 0 } emoji && string.IsNullOrWhiteSpace(emoji))
            errors.Add("emoji", "It must not be blank.");
        return errors.Problem;
    }

    public static Problem? Acknowledge(IReadOnlyList<Acknowledge?> entries)
    {
        var errors = new Errors();
        if (entries.Count > MaxAcknowledged)
            errors.Add("body", $"It must have at most {MaxAcknowledged} entries.");
        for (var i = 0; i < Math.Min(entries.Count, MaxAcknowledged); i++)
        {
            if (entries[i] is not { } entry)
            {
                errors.Add($"[{i}]", "An object is expected.");
                continue;
            }
            errors
                .Id($"[{i}].chat_id", entry.ChatId)
                .Range($"[{i}].delivered_seq", entry.DeliveredSeq, 0, long.MaxValue)
                .Range($"[{i}].read_seq", entry.ReadSeq, 0, long.MaxValue);
            if (entry.DeliveredSeq is null && entry.ReadSeq is null)
                errors.Add($"[{i}]", "One of delivered_seq and read_seq is required.");
        }
        return errors.Problem;
    }

    public static Problem? Typing(Typing request) =>
        new Errors().Id("chat_id", request.ChatId).Required("is_typing", request.IsTyping).Problem;

    public static Outcome<PageQuery> Page(
        Errors errors,
        string? before,
        string? after,
        string? around,
        string? type,
        int? limit,
        LimitOptions limits
    )
    {
        errors
            .Uuid("before", before, required: false)
            .Uuid("after", after, required: false)
            .Uuid("around", around, required: false)
            .OneOf("type", type, PageTypes, required: false)
            .Range("limit", limit, 1, limits.MaxPageSize);
        if ((before is null ? 0 : 1) + (after is null ? 0 : 1) + (around is null ? 0 : 1) > 1)
            errors.Add(before is null || after is null ? "around" : "after", "Only one of before, after and around can be given.");
        return errors.Problem is { } problem
            ? problem
            : new PageQuery
            {
                Before = before,
                After = after,
                Around = around,
                Type = type == "all" ? null : type,
                Limit = limit ?? Math.Min(50, limits.MaxPageSize),
            };
    }

    private static Errors Message(string? chatId, string? messageId) => new Errors().Id("chat_id", chatId).Uuid("message_id", messageId);

    private static void Content(Errors errors, string? content, bool mayBeEmpty, LimitOptions limits)
    {
        errors.Required("content", content).Characters("content", content);
        if (content is { Length: 0 } && !mayBeEmpty)
            errors.Add("content", "It must not be empty.");
        if (content?.Length > limits.MaxContentLength)
            errors.Refuse(Problem.Of(ProblemCodes.TooLarge, $"The content is over {limits.MaxContentLength} UTF-16 code units."));
    }
}
