using Orleans.Chat.Grains.Chats;
using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.Grains.Interfaces.Chats;
using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Chats;
using Orleans.Concurrency;

namespace Orleans.Chat.Grains.Lists;

/* Reads over many chats, from the store. Cursors are flushed in groups, so what the user acknowledged in the last seconds is asked of its
 * session, one grain for a list of any length, and laid over the rows; the count of mentions follows, by a question for each chat that had some.
 *
 * A sync must also show a chat of which nothing but such a cursor changed: it is asked of its grain, which is awake, having just taken the
 * cursor. It may come again when the cursor is flushed; clients apply chats as upserts. */
[GrainType("chat-list"), StatelessWorker, Reentrant]
internal sealed class ChatListGrain(IChatLists lists, IChatReader reader) : Grain, IChatListGrain
{
    private const int SyncPageSize = 200;
    private const int MaxAwakeChats = 50;

    public async Task<Outcome<ChatsPage>> List(string user, string? cursor, int limit)
    {
        try
        {
            return await PageAsync(user, lists.ListAsync(user, cursor, limit, CancellationToken.None));
        }
        catch (FormatException)
        {
            return Problem.Invalid("cursor", "This is no cursor of this list.");
        }
    }

    public async Task<Outcome<ChatsPage>> Channels(string viewer, string? query, string? cursor, int limit)
    {
        try
        {
            return await PageAsync(viewer, lists.ChannelsAsync(viewer, query, cursor, limit, CancellationToken.None));
        }
        catch (FormatException)
        {
            return Problem.Invalid("cursor", "This is no cursor of this list.");
        }
    }

    public async Task<Outcome<SyncPage>> Sync(string user, string? since)
    {
        SyncResult? result;
        var recent = GrainFactory.Session(user).RecentCursors();
        recent.Ignore();
        try
        {
            result = await lists.SyncAsync(user, since, SyncPageSize, CancellationToken.None);
        }
        catch (FormatException)
        {
            return Problem.Invalid("since", "This is no token of a sync.");
        }
        var cursors = ByChat(await recent);
        if (result is null)
            return Problem.Of(ProblemCodes.HistoryRewound, "The token is of another history: drop what is held and synchronise afresh.");
        var chats = await ViewsAsync(user, result.Chats, cursors);
        if (since is not null && !result.HasMore)
            chats.AddRange(await AcknowledgedAsync(user, cursors.Keys.Except(chats.Select(c => c.ChatId)).Except(result.RemovedChatIds)));
        return new SyncPage
        {
            Chats = [.. chats],
            RemovedChatIds = [.. result.RemovedChatIds],
            Hidden = [.. result.Hidden],
            Next = result.Next,
            HasMore = result.HasMore,
        };
    }

    public async Task<Membership[]> Memberships(string[] users) =>
        [
            .. (await lists.MembershipsAsync(users, CancellationToken.None)).Select(m => new Membership
            {
                UserId = m.UserId,
                ChatId = m.ChatId,
                Revision = m.Revision,
                JoinedSeq = m.JoinedSeq,
                HistoryAll = m.HistoryAll,
            }),
        ];

    public async Task<string[]> SharingChat(string caller, string[] users) =>
        [.. await lists.SharingChatAsync(caller, users, CancellationToken.None)];

    private async Task<ChatsPage> PageAsync(string user, Task<ChatListPage> reading)
    {
        var recent = GrainFactory.Session(user).RecentCursors();
        recent.Ignore();
        var page = await reading;
        var chats = await ViewsAsync(user, page.Chats, ByChat(await recent));
        return new ChatsPage { Chats = [.. chats], NextCursor = page.NextCursor };
    }

    private async Task<List<ChatView>> ViewsAsync(string user, IReadOnlyList<ChatListRow> rows, Dictionary<string, Cursor> cursors)
    {
        var views = new List<ChatView>(rows.Count);
        foreach (var stored in rows)
        {
            var row = CursorOverlay.Lay(stored, cursors.GetValueOrDefault(stored.Chat.ChatId));
            var mentions = await MentionsAsync(user, stored, row);
            var last = row.LastMessage is { } message ? ChatViews.For(message, MessageStatus.Sent) : null;
            views.Add(ChatViews.For(row.Chat, row.Member, mentions, row.Preferences, last));
        }
        return views;
    }

    private async ValueTask<long> MentionsAsync(string user, ChatListRow stored, ChatListRow row)
    {
        if (stored.MentionCount == 0 || row.Member is not { } member || member.ReadSeq == stored.Member?.ReadSeq)
            return stored.MentionCount;
        return member.ReadSeq >= row.Chat.HeadSeq
            ? 0
            : await reader.MentionsAsync(row.Chat.ChatId, user, member.ReadSeq, CancellationToken.None);
    }

    private async Task<IEnumerable<ChatView>> AcknowledgedAsync(string user, IEnumerable<string> chatIds)
    {
        var chats = await Task.WhenAll(chatIds.Take(MaxAwakeChats).Select(id => GrainFactory.Chat(id).Get(user)));
        return chats.Select(c => c.Value).OfType<ChatView>().Where(c => c.Role is not null);
    }

    private static Dictionary<string, Cursor> ByChat(Cursor[] cursors) => cursors.ToDictionary(c => c.ChatId, StringComparer.Ordinal);
}
