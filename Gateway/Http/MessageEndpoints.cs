using Orleans.Chat.Gateway.RateLimits;
using Orleans.Chat.Gateway.Requests;
using Orleans.Chat.Gateway.Validation;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Http;

/// <summary>Sending, reading, editing, deleting messages, and reactions.</summary>
internal static class MessageEndpoints
{
    private const string IdempotencyKey = "Idempotency-Key";
    private const string One = "/chats/{chat_id}/messages/{message_id}";

    public static void MapMessages(this RouteGroupBuilder api)
    {
        var messages = api.MapGroup("").WithTags("Messages");
        messages
            .MapPost(
                "/messages",
                (HttpContext http, MessageRequests requests, RateLimiters limiters) =>
                    http.BodyAsync<SendMessage>(body => SendAsync(http, requests, limiters, body))
            )
            .WithMetadata(new LimitedBy(RateLimit.Sends))
            .Takes<SendMessage>()
            .Header(IdempotencyKey)
            .Gives<SentMessage>(StatusCodes.Status201Created)
            .Gives<SentMessage>()
            .WithSummary("Sends a message: the answer means that it is on disk. A repeated message_id answers 200 with the first result.");
        messages
            .MapGet("/chats/{chat_id}/messages", PageAsync)
            .Gives<MessagesPage>()
            .Queries("before", "after", "around", "limit", "type")
            .WithSummary("A page of messages, oldest first; without a cursor the newest.");
        messages
            .MapGet(
                One,
                (HttpContext http, MessageRequests requests) =>
                    requests.GetAsync(http.Caller(), http.Id("chat_id"), http.MessageId()).AnswerAsync()
            )
            .Gives<Message>()
            .WithSummary("One message.");
        messages
            .MapGet(
                One + "/edits",
                (HttpContext http, MessageRequests requests) =>
                    requests.EditsAsync(http.Caller(), http.Id("chat_id"), http.MessageId()).AnswerAsync()
            )
            .Gives<MessageEdits>()
            .WithSummary("The earlier contents of a message, oldest first.");
        messages.MapChanges();
        messages.MapReactions();
    }

    private static void MapChanges(this RouteGroupBuilder messages)
    {
        messages
            .MapPatch(
                One,
                (HttpContext http, MessageRequests requests) =>
                    http.BodyAsync<EditMessage>(body =>
                        requests
                            .EditAsync(http.Caller(), body with { ChatId = http.Id("chat_id"), MessageId = http.MessageId() })
                            .AnswerAsync()
                    )
            )
            .Takes<EditMessage>()
            .Gives<Message>()
            .WithSummary("Replaces the content of an own message.");
        messages
            .MapDelete(
                One,
                (HttpContext http, MessageRequests requests) =>
                {
                    var query = new Query(http);
                    var request = new DeleteMessage
                    {
                        ChatId = http.Id("chat_id"),
                        MessageId = http.MessageId(),
                        For = query.Value("for"),
                    };
                    return query.Errors.Problem is { } problem
                        ? Task.FromResult<Outcome<Done>>(problem).NoContentAsync()
                        : requests.DeleteAsync(http.Caller(), request).NoContentAsync();
                }
            )
            .GivesNothing()
            .Queries("for")
            .WithSummary("Deletes for everyone, which leaves a tombstone, or for the caller alone.");
    }

    private static void MapReactions(this RouteGroupBuilder messages)
    {
        const string Reaction = One + "/reactions/{emoji}";
        messages
            .MapPut(Reaction, (HttpContext http, MessageRequests requests) => ReactAsync(http, requests, removed: false))
            .GivesNothing()
            .WithSummary("Adds a reaction; the same again changes nothing.");
        messages
            .MapDelete(Reaction, (HttpContext http, MessageRequests requests) => ReactAsync(http, requests, removed: true))
            .GivesNothing()
            .WithSummary("Takes a reaction back.");
    }

    private static Task<IResult> SendAsync(HttpContext http, MessageRequests requests, RateLimiters limiters, SendMessage body)
    {
        var caller = http.Caller();
        if (Ids.IsValid(body.ChatId) && limiters.Take(RateLimit.ChatSends, caller.UserId, body.ChatId!) is { } refusal)
        {
            RateLimitAnswers.Tell(http.Response, refusal);
            return Task.FromResult<Outcome<SentMessage>>(refusal.Problem).AnswerAsync();
        }
        var key = http.Request.Headers[IdempotencyKey];
        if (key.Count > 0)
        {
            var errors = new Errors().Uuid("idempotency_key", key.Count == 1 ? key[0] : "");
            if (errors.Problem is { } problem)
                return Task.FromResult<Outcome<SentMessage>>(problem).AnswerAsync();
            body = body with { MessageId = body.MessageId ?? key[0] };
        }
        return requests.SendAsync(caller, body).AnswerAsync(sent => sent.Repeated ? StatusCodes.Status200OK : StatusCodes.Status201Created);
    }

    private static Task<IResult> PageAsync(HttpContext http, MessageRequests requests)
    {
        var query = new Query(http);
        var cursors = (query.Value("before"), query.Value("after"), query.Value("around"), query.Value("type"), query.Int("limit"));
        return requests.PageAsync(http.Caller(), query.Errors, http.Id("chat_id"), cursors).AnswerAsync();
    }

    private static Task<IResult> ReactAsync(HttpContext http, MessageRequests requests, bool removed)
    {
        var reaction = new React
        {
            ChatId = http.Id("chat_id"),
            MessageId = http.MessageId(),
            Emoji = http.GetRouteValue("emoji") as string,
            Removed = removed,
        };
        return requests.ReactAsync(http.Caller(), reaction).NoContentAsync();
    }
}
