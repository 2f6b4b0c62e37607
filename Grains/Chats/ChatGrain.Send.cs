using Orleans.Chat.Grains.Interfaces.Chats;
using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Grains.Chats;

internal sealed partial class ChatGrain
{
    private readonly Dictionary<string, InFlight> _inFlight = new(StringComparer.Ordinal);

    private sealed record InFlight(byte[] Fingerprint, string Sender, Task<Outcome<SentMessage>> Outcome);

    public async Task<Outcome<SentMessage>[]> Send(string sender, NewMessage[] messages)
    {
        // What must be looked up is looked up before the first of them takes its place: the sender's order is that of the array.
        HashSet<string>? unknown = null;
        if (Array.Exists(messages, Refers) && Enter(sender, out var chat, out var member) is null)
            unknown = await UnknownReferencesAsync(chat, member, messages);
        // A message that is numbered after a removal is held to it, though it came while the removal was being written.
        while (!_rightsSettled.IsCompleted)
            await _rightsSettled;

        if (messages is [var only])
            return [await SendOneAsync(sender, only, unknown)];

        var sends = new Task<Outcome<SentMessage>>[messages.Length];
        Problem? later = null;
        for (var i = 0; i < messages.Length; i++)
        {
            sends[i] = later is null ? SendOneAsync(sender, messages[i], unknown) : Task.FromResult<Outcome<SentMessage>>(later);
            // Its sender is about to repeat it: what comes after it must not be there before.
            if (sends[i].IsCompletedSuccessfully && (await sends[i]).Problem is { } problem && !IsFinal(problem))
                later = problem;
        }
        return await Task.WhenAll(sends);
    }

    private Task<Outcome<SentMessage>> SendOneAsync(string sender, NewMessage message, HashSet<string>? unknownReferences)
    {
        if (Refusal() is { } gone)
            return Task.FromResult<Outcome<SentMessage>>(gone);
        var fingerprint = ContentRules.Fingerprint(sender, message);
        if (Enter(sender, out var chat, out var member) is { } stranger)
            return RefusedAsync(sender, message, fingerprint, stranger);
        if (_inFlight.TryGetValue(message.MessageId, out var first))
            return Same(first.Sender, first.Fingerprint, sender, fingerprint)
                ? RepeatedAsync(first.Outcome)
                : RefusedAsync(sender, message, fingerprint, Conflict());
        if (chat.Tail.Sent(message.MessageId) is var (row, revision))
            return Task.FromResult(
                Repeat(
                    sender,
                    fingerprint,
                    new CommitOutcome.Duplicate(row.Seq, revision, row.SenderId, row.Fingerprint, row.CreatedAt),
                    message.MessageId
                )
            );
        if (MaySend(chat, member, message, unknownReferences) is { } refusal)
            return IsFinal(refusal) ? RefusedAsync(sender, message, fingerprint, refusal) : Task.FromResult<Outcome<SentMessage>>(refusal);

        var send = AppendAsync(chat, member, message, fingerprint);
        if (!send.IsCompleted)
            _inFlight.Add(message.MessageId, new InFlight(fingerprint, sender, send));
        return send;
    }

    /// <summary>Whether its sender gives the message up, and does not wait and repeat it.</summary>
    private static bool IsFinal(Problem refusal) => refusal.Code is not (ProblemCodes.Overloaded or ProblemCodes.RateLimited);

    /// <summary>
    /// A repeat changes nothing, so it needs no right that was taken away since, and what others send under its id meanwhile is nothing to it: what is
    /// there already is answered as it was. The tail has the newest of this activation alone, so the store is asked, for what would be refused only.
    /// Who is no member is told of its own and of nothing else: a conflict would say that there is such a message.
    /// </summary>
    private async Task<Outcome<SentMessage>> RefusedAsync(string sender, NewMessage message, byte[] fingerprint, Problem refusal) =>
        await reader.SentAsync(Id, message.MessageId, CancellationToken.None) is { } first
        && (refusal.Code != ProblemCodes.NotFound || Same(first.SenderId, first.Fingerprint, sender, fingerprint))
            ? Repeat(sender, fingerprint, first, message.MessageId)
            : refusal;

    private Problem? MaySend(ActiveChat chat, ChatMember member, NewMessage message, HashSet<string>? unknownReferences)
    {
        if (ChatRules.MayPost(member.Role, chat.Row.Settings) is { } forbidden)
            return forbidden;
        if (Blocked(chat, member.UserId) is { } blocked)
            return blocked;
        if (ContentRules.Check(message.Type, message.Content) is { } invalid)
            return invalid;
        if (unknownReferences is not null)
        {
            if (message.ReplyTo is { } reply && unknownReferences.Contains(reply))
                return Problem.Invalid("metadata.reply_to", "It is no message of this chat.");
            if (message.ThreadId is { } thread && unknownReferences.Contains(thread))
                return Problem.Invalid("metadata.thread_id", "It is no message of this chat.");
        }
        if (_inFlight.Count >= options.Value.MaxPending)
            return ProblemOf(new CommitOutcome.Overloaded());
        return SlowMode(chat, member) ?? _budget.Take(chat.Members.Count);
    }

    /// <summary>Who is blocked writes nothing to who blocks it: no message, no other words in an old one, no reaction.</summary>
    private static Problem? Blocked(ActiveChat chat, string writer) =>
        chat.Blockers.Any(b => b != writer) ? Problem.Forbidden("You may not write to this user.") : null;

    private Problem? SlowMode(ActiveChat chat, ChatMember member)
    {
        if (chat.Row.Settings.SlowModeS is not (> 0 and var seconds) || ChatRules.Leads(member.Role))
            return null;
        var now = time.GetUtcNow();
        var next = member.LastSentAt.AddSeconds(seconds);
        return now < next
            ? Problem.Of(ProblemCodes.RateLimited, "Slow mode.") with
            {
                RetryAfterMs = (long)(next - now).TotalMilliseconds + 1,
            }
            : null;
    }

    private static bool Refers(NewMessage message) => message.ReplyTo is not null || message.ThreadId is not null;

    /// <summary>Which of the messages that these refer to are none that the sender can see. Null when there are none.</summary>
    private async Task<HashSet<string>?> UnknownReferencesAsync(ActiveChat chat, ChatMember member, NewMessage[] messages)
    {
        HashSet<string>? unknown = null;
        foreach (var id in messages.SelectMany(m => new[] { m.ReplyTo, m.ThreadId }).OfType<string>().Distinct(StringComparer.Ordinal))
        {
            var seq = chat.Tail.Find(id)?.Seq ?? (await reader.FindAsync(Id, id, CancellationToken.None))?.Message.Seq;
            if (seq is null || seq <= chat.Floor(member))
                (unknown ??= new HashSet<string>(StringComparer.Ordinal)).Add(id);
        }
        return unknown;
    }

    private async Task<Outcome<SentMessage>> AppendAsync(ActiveChat chat, ChatMember member, NewMessage message, byte[] fingerprint)
    {
        var at = time.GetUtcNow();
        member.LastSentAt = at;
        var mentions = message
            .Mentions?.Where(u => u != member.UserId && chat.Members.ContainsKey(u))
            .Distinct(StringComparer.Ordinal)
            .ToArray();
        CommitOutcome outcome;
        try
        {
            outcome = await AddMessageAsync(chat, message, member.UserId, mentions, fingerprint, at);
        }
        finally
        {
            _inFlight.Remove(message.MessageId);
        }
        return outcome switch
        {
            CommitOutcome.Committed c => new SentMessage
            {
                MessageId = message.MessageId,
                ChatId = Id,
                Seq = c.Seq,
                Revision = c.Revision,
                CreatedAt = at,
            },
            CommitOutcome.Duplicate first => Repeat(member.UserId, fingerprint, first, message.MessageId),
            _ => ProblemOf(outcome),
        };
    }

    private Task<CommitOutcome> AddMessageAsync(
        ActiveChat chat,
        NewMessage message,
        string sender,
        string[]? mentions,
        byte[] fingerprint,
        DateTimeOffset at
    ) =>
        CommitAsync(
            chat,
            new ChatChange.AddMessage(
                message.MessageId,
                sender,
                message.Type,
                message.Content,
                message.Metadata?.Json,
                mentions,
                fingerprint,
                at
            ),
            c =>
            {
                var row = new MessageRow
                {
                    ChatId = Id,
                    Seq = c.Seq,
                    MessageId = message.MessageId,
                    SenderId = sender,
                    Type = message.Type,
                    Content = message.Content,
                    Metadata = message.Metadata?.Json,
                    Revision = c.Revision,
                    Ordinal = c.Ordinal,
                    Fingerprint = fingerprint,
                    CreatedAt = at,
                    UpdatedAt = at,
                };
                chat.Tail.Add(row, c.Revision);
                chat.Set(r => r with { HeadSeq = c.Seq, Ordinal = c.Ordinal, UpdatedAt = at });
                // The store moved the sender's cursors in the same transaction; the message itself tells it.
                if (chat.Members.TryGetValue(sender, out var member))
                    chat.Advance(member, c.Seq, c.Seq, c.Ordinal);
                return new ChangeRow
                {
                    Revision = c.Revision,
                    Kind = ChangeKind.MessageCreated,
                    Seq = c.Seq,
                    At = at,
                    Message = row,
                };
            }
        );

    private static bool Same(string sender, byte[] fingerprint, string otherSender, byte[] otherFingerprint) =>
        sender == otherSender && fingerprint.AsSpan().SequenceEqual(otherFingerprint);

    private static Problem Conflict() =>
        Problem.Of(ProblemCodes.MessageIdConflict, "This message_id was used for another message of this chat.");

    private Outcome<SentMessage> Repeat(string sender, byte[] fingerprint, CommitOutcome.Duplicate first, string messageId) =>
        Same(first.SenderId, first.Fingerprint, sender, fingerprint)
            ? new SentMessage
            {
                MessageId = messageId,
                ChatId = Id,
                Seq = first.Seq,
                Revision = first.Revision,
                CreatedAt = first.CreatedAt,
                Repeated = true,
            }
            : Conflict();

    private static async Task<Outcome<SentMessage>> RepeatedAsync(Task<Outcome<SentMessage>> first)
    {
        var outcome = await first;
        return outcome.Ok ? outcome.Value! with { Repeated = true } : outcome;
    }
}
