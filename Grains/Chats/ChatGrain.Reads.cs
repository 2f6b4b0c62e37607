using Orleans.Chat.Grains.Interfaces.Chats;
using Orleans.Chat.Grains.Interfaces.Delivery;
using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Grains.Chats;

/* Reads of one chat: from memory what the tail has, the rest from the store. What a member may see is decided by DeliveryEntry.VisibleTo
 * for changes and by Visibility (floor and hidden) for messages; both are the same rule. */
internal sealed partial class ChatGrain
{
    public async Task<Outcome<ChatView>> Get(string viewer)
    {
        if (Refusal() is { } refusal)
            return refusal;
        var chat = _chat!;
        if (await StaleAsync(chat) is { } stale)
            return stale;
        if (!chat.Members.TryGetValue(viewer, out var member))
            return ChatRules.IsPublic(chat.Row.Settings) ? ChatViews.For(chat.Row, null, 0, null, null) : Problem.NotFound;
        return await ViewAsync(chat, member);
    }

    private async Task<ChatView> ViewAsync(ActiveChat chat, ChatMember member)
    {
        var mentions =
            chat.Row.Ordinal > member.ReadOrdinal
                ? await reader.MentionsAsync(Id, member.UserId, member.ReadSeq, CancellationToken.None)
                : 0;
        var preferences = await reader.PreferencesAsync(member.UserId, Id, CancellationToken.None);
        var last = await PageAsync(chat, member, new MessageRange(1));
        return ChatViews.For(chat.Row, member.Row, mentions, preferences, last.Messages is [var message] ? Render(chat, message) : null);
    }

    public async Task<Outcome<MessagesPage>> Page(string viewer, PageQuery query)
    {
        if (Enter(viewer, out var chat, out var member) is { } refusal)
            return refusal;
        if (await StaleAsync(chat) is { } stale)
            return stale;
        var range = new MessageRange(query.Limit, Type: query.Type);
        foreach (var (field, id) in new[] { ("before", query.Before), ("after", query.After), ("around", query.Around) })
        {
            if (id is null)
                continue;
            var (missing, _, _, found) = await FindAsync(viewer, id, alsoHidden: true);
            if (missing is { Code: not ProblemCodes.NotFound })
                return missing;
            if (found is null)
                return Problem.Invalid(field, "It is no message of this chat.");
            var seq = found.Message.Seq;
            range = field switch
            {
                "before" => range with { Before = seq },
                "after" => range with { After = seq },
                _ => range with { Around = seq },
            };
        }
        var page = await PageAsync(chat, member, range);
        return new MessagesPage { Messages = [.. page.Messages.Select(m => Render(chat, m))], HasMore = page.HasMore };
    }

    private async Task<MessagePage> PageAsync(ActiveChat chat, ChatMember member, MessageRange range) =>
        FromTail(chat, member, range)
        ?? await reader.PageAsync(Id, range, new Visibility(member.UserId, chat.Floor(member)), CancellationToken.None);

    /// <summary>The newest page, or one before or after a message that is here; null when the tail does not reach.</summary>
    private static MessagePage? FromTail(ActiveChat chat, ChatMember member, MessageRange range)
    {
        if (range.Around is not null || range.Type is not null)
            return null;
        var floor = chat.Floor(member);
        var first = Math.Max(chat.Tail.First, floor + 1);
        if (range.After is { } after)
        {
            if (after + 1 < first)
                return null;
            var later = Visible(after + 1, 1).Take(range.Limit + 1).ToList();
            return new MessagePage([.. later.Take(range.Limit)], later.Count > range.Limit);
        }
        var earlier = Visible((range.Before ?? chat.Tail.Last + 1) - 1, -1).Take(range.Limit + 1).ToList();
        if (earlier.Count <= range.Limit && first > floor + 1)
            return null;
        return new MessagePage([.. earlier.Take(range.Limit).Reverse()], earlier.Count > range.Limit);

        IEnumerable<MessageRow> Visible(long from, int step)
        {
            for (var seq = from; seq >= first && seq <= chat.Tail.Last; seq += step)
            {
                if (!chat.Tail.IsHidden(seq, member.UserId))
                    yield return chat.Tail.Find(seq)!;
            }
        }
    }

    public async Task<Outcome<Message>> GetMessage(string viewer, string messageId)
    {
        var (problem, chat, _, found) = await FindAsync(viewer, messageId);
        if (problem is not null)
            return problem;
        return await StaleAsync(chat!) is { } stale ? stale : Render(chat!, found!.Message);
    }

    public async Task<Outcome<MessageEdits>> GetEdits(string viewer, string messageId)
    {
        var (problem, chat, _, found) = await FindAsync(viewer, messageId);
        if (problem is not null)
            return problem;
        // The edits are the store's, but whether the viewer is still a member is memory's.
        if (await StaleAsync(chat!) is { } stale)
            return stale;
        return new MessageEdits { Edits = [.. await reader.EditsAsync(Id, found!.Message.Seq, CancellationToken.None)] };
    }

    public async Task<Outcome<ChangesPage>> GetChanges(string viewer, long afterRevision, int limit)
    {
        if (Enter(viewer, out var chat, out var member) is { } refusal)
            return refusal;
        var (problem, entries) = await EntriesAsync(chat, afterRevision, limit);
        if (problem is not null)
            return problem;
        var revision = entries.Count == 0 ? afterRevision : entries[^1].Revision;
        return new ChangesPage
        {
            Changes =
            [
                .. entries.Select(e =>
                    e.VisibleTo(viewer, member.JoinedSeq, chat.HistoryAll) ? e.Event : new Noop { ChatId = Id, Revision = e.Revision }
                ),
            ],
            Revision = revision,
            HasMore = revision < chat.Revision,
        };
    }

    public async Task<Outcome<ChatDelivery>> Pull(long afterRevision, int limit)
    {
        if (Refusal() is { } refusal)
            return refusal;
        var (problem, entries) = await EntriesAsync(_chat!, afterRevision, limit);
        if (problem is not null)
            return problem;
        return new ChatDelivery
        {
            ChatId = Id,
            Entries = [.. entries],
            Head = _chat!.Revision,
        };
    }

    private async Task<(Problem? Problem, List<DeliveryEntry> Entries)> EntriesAsync(ActiveChat chat, long after, int limit)
    {
        if (await StaleAsync(chat) is { } stale)
            return (stale, []);
        if (after > chat.Log.Revision)
            return (Problem.Of(ProblemCodes.HistoryRewound, "The chat has no such revision."), []);
        if (after >= chat.Revision)
            return (null, []);
        IEnumerable<ChangeRow> rows =
            chat.Tail.Changes(after, chat.Revision, limit) ?? await reader.ChangesAsync(Id, after, limit, CancellationToken.None);
        return (null, [.. rows.TakeWhile(r => r.Revision <= chat.Revision).Select(r => ChangeEvents.Entry(chat, r))]);
    }

    private static Message Render(ActiveChat chat, MessageRow message) =>
        ChatViews.For(message, chat.StatusOf(message.Seq, message.SenderId));
}
