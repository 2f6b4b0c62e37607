using System.Globalization;
using Npgsql;
using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Storage.PostgreSql;

/* A token is a snapshot: it names the transactions that were told, so it does not matter in which order they commit. A number from a
 * sequence or a clock would miss the one that took a lower number and committed later.
 *
 * Writing every member's row for every message would make a message cost its members. So a member's row says whether somebody listens
 * (synchronised since its mark), and only the first change after that moves the mark, changed, and ends the listening.
 *
 * A page: (0) take the snapshot N; pick chats whose mark is not in the token's snapshot. (1) In one transaction lock these chats FOR SHARE
 * and make their rows listen. (2) Read them. The next token is N of the first page.
 *
 * Why nothing is missed. A commit of the chat holds its row FOR UPDATE while it looks whether somebody listens, so it is before (1) or
 * after it. Before: (2) reads what it wrote. After: it finds the row listening and marks it with its own transaction, which N, older than
 * (1), cannot hold as complete; so the next synchronisation picks the chat. Between (1) and its commit another listener's mark may have
 * ended the listening already: that mark is newer than (1) too, and not in N either. What is one member's alone (cursors, preferences,
 * hidden messages) is written to the member's row itself, and the lock of that row does what the chat's does above.
 *
 * So of a row that does not listen, the mark is in no token that was given since; and a mark that moves to a newer transaction only tells
 * somebody twice. A row that moves while pages are read is found behind the last page, or is told with the next token. Pages end where N
 * ends: what began later is told while there is room, and else the next time, or busy chats would make a synchronisation endless. */
internal sealed class PostgresSync(NpgsqlDataSource source)
{
    public async Task<SyncResult?> SyncAsync(string userId, string? since, int limit, CancellationToken cancellationToken)
    {
        var token = since is null ? null : SyncToken.Read(since);
        var (history, now, picked) = await PickAsync(userId, token, limit, cancellationToken);
        if (token is not null && (!string.Equals(token.History, history, StringComparison.Ordinal) || IsAhead(token, now)))
            return null;

        var first = token?.First ?? now;
        var page = picked.Take(limit).Select(p => p.ChatId).ToArray();
        var hasMore = picked.Count > limit && picked[limit].Changed < SyncToken.Ceiling(first);
        if (page.Length > 0)
            await ListenAsync(userId, page, cancellationToken);
        var (chats, hidden) = await ReadAsync(userId, token, page, cancellationToken);

        var next = hasMore
            ? new SyncToken(history, token?.Since, first, picked[limit - 1].Changed, picked[limit - 1].ChatId)
            : new SyncToken(history, first, null, 0, "");
        var there = chats.Select(c => c.Chat.ChatId).ToHashSet(StringComparer.Ordinal);
        // Without a token there is nothing to take away.
        string[] removed = token?.Since is null ? [] : [.. page.Where(id => !there.Contains(id))];
        return new SyncResult(chats, removed, hidden, next.Write(), hasMore);
    }

    /// <summary>The database is older than the token: it was restored.</summary>
    private static bool IsAhead(SyncToken token, string now) =>
        SyncToken.Ceiling(token.First ?? token.Since ?? now) > SyncToken.Ceiling(now);

    private async Task<(string History, string Now, List<(string ChatId, ulong Changed)> Picked)> PickAsync(
        string userId,
        SyncToken? token,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await using var batch = source.CreateBatch();
        batch.Add(SyncSql.Begin, _ => { });
        batch.Add(
            token?.Since is null ? SyncSql.PickAll : SyncSql.PickChanged,
            p =>
            {
                p.With(userId)
                    .With((token?.AfterChanged ?? 0).ToString(CultureInfo.InvariantCulture))
                    .With(token?.AfterChat ?? "")
                    .With(limit + 1L);
                if (token?.Since is { } snapshot)
                    p.With(snapshot);
            }
        );
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
            throw new InvalidOperationException("The database has no history_id.");
        var (history, now) = (reader.GetString(0), reader.GetString(1));
        await reader.NextResultAsync(cancellationToken);
        return (
            history,
            now,
            await reader.AllAsync(r => (r.GetString(0), ulong.Parse(r.GetString(1), CultureInfo.InvariantCulture)), cancellationToken)
        );
    }

    private async Task ListenAsync(string userId, string[] page, CancellationToken cancellationToken)
    {
        // One implicit transaction: the chats stay locked until the rows listen.
        await using var batch = source.CreateBatch();
        batch.Add(SyncSql.Lock, p => p.WithAll(page));
        batch.Add(SyncSql.Listen, p => p.With(userId).WithAll(page));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task<(List<ChatListRow> Chats, List<HiddenMessage> Hidden)> ReadAsync(
        string userId,
        SyncToken? token,
        string[] page,
        CancellationToken cancellationToken
    )
    {
        await using var batch = source.CreateBatch();
        batch.Add(ListSql.Of, p => p.With(userId).WithAll(page));
        // All with the first page: what is hidden later is not in the first page's snapshot.
        if (token?.First is null)
        {
            batch.Add(
                token?.Since is null ? SyncSql.HiddenAll : SyncSql.HiddenChanged,
                p =>
                {
                    p.With(userId);
                    if (token?.Since is { } snapshot)
                        p.With(snapshot);
                }
            );
        }
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var chats = await reader.AllAsync(PostgresChatLists.Row, cancellationToken);
        if (!await reader.NextResultAsync(cancellationToken))
            return (chats, []);
        var hidden = await reader.AllAsync(
            r => new HiddenMessage { ChatId = r.GetString(0), MessageId = r.GetString(1) },
            cancellationToken
        );
        return (chats, hidden);
    }
}
