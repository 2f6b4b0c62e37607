using System.Diagnostics;
using System.Text.Json;
using Npgsql;
using Orleans.Chat.Storage.PostgreSql;
using Orleans.Chat.Storage.Tests.Specs;

namespace Orleans.Chat.Storage.Tests.PostgreSql;

public sealed class PostgresSyncRaceTests(PostgresStorage store) : ChatSpec(store)
{
    private NpgsqlDataSource Source => store.Source;

    [Fact]
    public async Task A_transaction_that_began_first_and_commits_last_is_told_by_the_next_token()
    {
        var (me, ann) = (Id("me"), Id("ann"));
        var (first, second) = (await NewChatAsync(me, ann), await NewChatAsync(me, ann));
        var token = (await SyncAllAsync(me, null)).Token;

        await using var early = await AppendAndHoldAsync(first.ChatId);
        await using var later = await AppendAndHoldAsync(second.ChatId);
        await later.CommitAsync(Ct);

        var (told, next) = await SyncAllAsync(me, token);
        told.ShouldBe([second.ChatId]);
        await early.CommitAsync(Ct);
        (await SyncAllAsync(me, next)).Chats.ShouldBe([first.ChatId]);
    }

    [Fact]
    public async Task A_page_waits_for_a_commit_that_looked_whether_somebody_listens_before_it()
    {
        var (me, ann) = (Id("me"), Id("ann"));
        var chat = await NewChatAsync(me, ann);
        var token = (await SyncAllAsync(me, null)).Token;
        await SendAsync(chat, ann);

        // Nobody listens since the send, so this one marks nothing.
        await using var held = await AppendAndHoldAsync(chat.ChatId);
        var syncing = Store.Lists.SyncAsync(me, token, 10, Ct);
        const string waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%FOR SHARE%'";
        while ((await Source.RowsAsync(waits, _ => { }, r => r.GetInt64(0), Ct))[0] == 0)
            await Task.Yield();
        syncing.IsCompleted.ShouldBeFalse();
        await held.CommitAsync(Ct);

        var page = (await syncing)!;
        page.Chats.ShouldHaveSingleItem().Chat.Revision.ShouldBe(3);
        // And the next one finds the row listening.
        await using (var after = await AppendAndHoldAsync(chat.ChatId))
            await after.CommitAsync(Ct);
        (await SyncAllAsync(me, page.Next)).Chats.ShouldBe([chat.ChatId]);
    }

    [Fact]
    public async Task A_token_of_another_history_is_told_apart_from_garbage()
    {
        var token = (await SyncAllAsync(Id("me"), null)).Token;
        await using var other = NpgsqlDataSource.Create(await store.NewDatabaseAsync());

        (await new PostgresChatLists(other).SyncAsync("me", token, 10, Ct)).ShouldBeNull();
    }

    [Fact]
    public async Task Ten_thousand_chats_cost_a_bounded_number_of_queries_and_a_token_reads_what_changed()
    {
        var me = Id("me");
        await FillAsync(me, 10_000);
        var (all, token, more) = (0, (string?)null, true);
        while (more)
        {
            var queries = await CountAsync(async () =>
            {
                var page = (await Store.Lists.SyncAsync(me, token, 200, Ct))!;
                (all, token, more) = (all + page.Chats.Count, page.Next, page.HasMore);
            });
            queries.ShouldBeLessThanOrEqualTo(3);
        }
        all.ShouldBe(10_000);
        (await CountAsync(() => Store.Lists.ListAsync(me, null, 200, Ct))).ShouldBe(1);
        (await CountAsync(() => Store.Lists.MembershipsAsync([me], Ct))).ShouldBe(1);

        (await SyncAllAsync(me, token)).Chats.ShouldBeEmpty();
        for (var i = 0; i < 5; i++)
            await SendAsync((await OpenAsync($"{me}{i}")).Log, me);

        (await RowsReadAsync(me, SyncToken.Read(token!).Since!)).ShouldBeLessThan(100);
        (await SyncAllAsync(me, token)).Chats.Count.ShouldBe(5);
    }

    /// <summary>The rows of the members' table that picking the changed chats looked at.</summary>
    private async Task<double> RowsReadAsync(string user, string since)
    {
        var plan = await Source.RowsAsync(
            "EXPLAIN (ANALYZE, FORMAT JSON) " + SyncSql.PickChanged,
            p => p.With(user).With("0").With("").With(201L).With(since),
            r => r.GetString(0),
            Ct
        );
        using var json = JsonDocument.Parse(plan[0]);
        return Scanned(json.RootElement[0].GetProperty("Plan"));

        static double Scanned(JsonElement node)
        {
            double Number(string name) => node.TryGetProperty(name, out var value) ? value.GetDouble() : 0;
            var own = node.TryGetProperty("Relation Name", out _) ? Number("Actual Rows") + Number("Rows Removed by Filter") : 0;
            return node.TryGetProperty("Plans", out var plans) ? own + plans.EnumerateArray().Sum(Scanned) : own;
        }
    }

    private async Task FillAsync(string user, int chats)
    {
        await using var command = Source.CreateCommand(
            $$"""
            INSERT INTO chats (chat_id, type, settings, created_at, updated_at, epoch, member_view, incarnation, revision, member_count, is_public)
            SELECT '{{user}}' || i, 'group', '{}', now(), now(), 1, 1, 'one', 1, 1, false FROM generate_series(0, {{chats - 1}}) i;
            INSERT INTO chat_participants (chat_id, user_id, role, joined_at, changed)
            SELECT '{{user}}' || i, '{{user}}', 'member', now(), pg_current_xact_id() FROM generate_series(0, {{chats - 1}}) i;
            """
        );
        await command.ExecuteNonQueryAsync(Ct);
    }

    /// <summary>Counts the commands and batches that the driver sends on behalf of this call.</summary>
    private static async Task<int> CountAsync(Func<Task> call)
    {
        var count = 0;
        using var root = new Activity("test").Start();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "Npgsql",
            Sample = (ref _) => ActivitySamplingResult.AllData,
            ActivityStarted = activity =>
            {
                if (activity.TraceId == root.TraceId && !activity.DisplayName.StartsWith("CONNECT", StringComparison.Ordinal))
                    Interlocked.Increment(ref count);
            },
        };
        ActivitySource.AddActivityListener(listener);
        await call();
        count.ShouldBeGreaterThan(0);
        return count;
    }

    /// <summary>What a commit does to a chat's row and its members', in a transaction that stays open.</summary>
    private async Task<NpgsqlTransaction> AppendAndHoldAsync(string chatId)
    {
        var connection = await Source.OpenConnectionAsync(Ct);
        var transaction = await connection.BeginTransactionAsync(Ct);
        await using var command = new NpgsqlCommand(
            $"""
            SELECT 1 FROM chats WHERE chat_id = '{chatId}' FOR UPDATE;
            UPDATE chat_participants SET changed = pg_current_xact_id(), listening = false WHERE chat_id = '{chatId}' AND listening;
            UPDATE chats SET revision = revision + 1, head_seq = head_seq + 1 WHERE chat_id = '{chatId}';
            """,
            connection
        );
        await command.ExecuteNonQueryAsync(Ct);
        return transaction;
    }
}
