using Microsoft.Extensions.Options;
using Orleans.Chat.Gateway.Auth;
using Orleans.Chat.Gateway.Validation;
using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Requests;

/// <summary>Sending, editing, deleting, reading messages; for REST and the hub alike.</summary>
internal sealed class MessageRequests(ChatCalls calls, OrderedSends sends, IOptions<LimitOptions> limits)
{
    /// <summary>By REST: each request for itself.</summary>
    public async Task<Outcome<SentMessage>> SendAsync(Caller caller, SendMessage request)
    {
        var message = MessageRules.Send(request, caller.UserId, limits.Value);
        return message.Problem is { } problem ? problem : (await calls.SendAsync(request.ChatId!, caller.UserId, [message.Value!]))[0];
    }

    /// <summary>By a connection: it has its place among the connection's sends when this returns.</summary>
    public Task<Outcome<SentMessage>> SendInOrderAsync(string connectionId, Caller caller, SendMessage request)
    {
        var message = MessageRules.Send(request, caller.UserId, limits.Value);
        return message.Problem is { } problem
            ? Task.FromResult<Outcome<SentMessage>>(problem)
            : sends.SendAsync(connectionId, caller.UserId, request.ChatId!, message.Value!);
    }

    public async Task<Outcome<Message>> EditAsync(Caller caller, EditMessage request)
    {
        var edit = MessageRules.Edit(request, limits.Value);
        return edit.Problem is { } problem
            ? problem
            : await calls.AskAsync(g =>
                g.Chat(request.ChatId!).Edit(caller.UserId, request.MessageId!, request.Content!, edit.Value!.Metadata)
            );
    }

    public async Task<Outcome<Done>> DeleteAsync(Caller caller, DeleteMessage request) =>
        MessageRules.Delete(request) is { } problem
            ? problem
            : await calls.AskAsync(
                g =>
                    request.For == "me"
                        ? g.Chat(request.ChatId!).HideMessage(caller.UserId, request.MessageId!)
                        : g.Chat(request.ChatId!).DeleteMessage(caller.UserId, request.MessageId!),
                repeatable: true
            );

    public async Task<Outcome<Done>> ReactAsync(Caller caller, React request) =>
        MessageRules.React(request) is { } problem
            ? problem
            : await calls.AskAsync(
                g => g.Chat(request.ChatId!).React(caller.UserId, request.MessageId!, request.Emoji!, request.Removed ?? false),
                repeatable: true
            );

    public async Task<Outcome<MessagesPage>> PageAsync(
        Caller caller,
        Errors errors,
        string chatId,
        (string? Before, string? After, string? Around, string? Type, int? Limit) query
    )
    {
        var page = MessageRules.Page(errors, query.Before, query.After, query.Around, query.Type, query.Limit, limits.Value);
        return page.Problem is { } problem
            ? problem
            : await calls.AskAsync(g => g.Chat(chatId).Page(caller.UserId, page.Value!), repeatable: true);
    }

    public Task<Outcome<Message>> GetAsync(Caller caller, string chatId, string messageId) =>
        calls.AskAsync(g => g.Chat(chatId).GetMessage(caller.UserId, messageId), repeatable: true);

    public Task<Outcome<MessageEdits>> EditsAsync(Caller caller, string chatId, string messageId) =>
        calls.AskAsync(g => g.Chat(chatId).GetEdits(caller.UserId, messageId), repeatable: true);

    /// <summary>Cursors only grow, so the order of these calls is of no matter.</summary>
    public async Task<Outcome<Done>> AcknowledgeAsync(Caller caller, IReadOnlyList<Acknowledge?> entries)
    {
        if (MessageRules.Acknowledge(entries) is { } problem)
            return problem;
        var answers = await Task.WhenAll(
            entries.Select(e => calls.ReadAsync(g => g.Chat(e!.ChatId!).Acknowledge(caller.UserId, e.DeliveredSeq, e.ReadSeq)))
        );
        return Array.Find(answers, a => !a.Ok).Problem is { } failed ? failed : default(Done);
    }

    public async Task<Outcome<Done>> TypingAsync(Caller caller, Typing request)
    {
        if (MessageRules.Typing(request) is { } problem)
            return problem;
        return await calls.AskAsync<Done>(async g =>
        {
            await g.Chat(request.ChatId!).Typing(caller.UserId, request.IsTyping!.Value);
            return default(Done);
        });
    }
}
