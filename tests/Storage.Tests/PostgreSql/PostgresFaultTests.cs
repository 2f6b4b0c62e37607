using Microsoft.Extensions.Options;
using Npgsql;
using Orleans.Chat.Storage.Chats;
using Orleans.Chat.Storage.PostgreSql;
using Orleans.Chat.Storage.Tests.Specs;

namespace Orleans.Chat.Storage.Tests.PostgreSql;

/// <summary>What a real server does to a writer: refused rows, held locks, connections that are lost while a commit is under way.</summary>
public sealed class PostgresFaultTests(PostgresStorage store) : ChatSpec(store)
{
    [Theory]
    [InlineData("nul \0 in it", null, "22021")]
    [InlineData("half of a pair: <half>", null, "22021")]
    [InlineData("metadata that is none", "{", "22P02")]
    [InlineData("metadata with nul", """{"a":"\u0000"}""", "22P05")]
    public async Task One_bad_row_among_the_sends_of_fifty_chats_fails_alone(string content, string? metadata, string state)
    {
        await using var log = NewLog(new StorageOptions { Writers = 1 });
        var chats = new List<OpenChat>();
        for (var i = 0; i < 50; i++)
            chats.Add(await NewChatAsync("ann"));
        await using var held = await LockAsync(chats[0].ChatId);

        var sends = chats.Select((c, i) => CommitAsync(c, Change(i), log)).ToArray();
        await held.DisposeAsync();
        var outcomes = await Task.WhenAll(sends);

        outcomes[20].ShouldBe(new CommitOutcome.Refused(state));
        outcomes.Where((_, i) => i != 20).ShouldAllBe(o => o.Equals(new CommitOutcome.Committed(2, 1, 1)));
        (await CommitAsync(chats[20], Text("ann", "next"), log)).ShouldBe(new CommitOutcome.Committed(2, 1, 1));

        ChatChange Change(int i) =>
            i == 20
                ? Text("ann", "x") with
                {
                    Content = content.Replace("<half>", "\ud83d", StringComparison.Ordinal),
                    Metadata = metadata,
                }
                : Text("ann", "good");
    }

    [Fact]
    public async Task A_full_queue_is_told_at_once_and_what_was_accepted_is_written()
    {
        await using var log = NewLog(new StorageOptions { Writers = 1, WriterQueue = 16 });
        var chat = await NewChatAsync("ann");
        await using var held = await LockAsync(chat.ChatId);

        var sends = Enumerable.Range(0, 20).Select(i => CommitAsync(chat, Text("ann", $"{i}"), log)).ToArray();
        (await Task.WhenAll(sends[16..])).ShouldAllBe(o => o is CommitOutcome.Overloaded);
        await held.DisposeAsync();

        (await Task.WhenAll(sends[..16])).ShouldAllBe(o => o is CommitOutcome.Committed);
        (await AllAsync(chat.ChatId)).Count.ShouldBe(16);
    }

    [Fact]
    public async Task A_commit_that_takes_too_long_is_unknown_and_closes_the_handle()
    {
        await using var log = NewLog(new StorageOptions { Writers = 1, CommandTimeoutSeconds = 1 });
        var chat = await NewChatAsync("ann");
        var send = Text("ann", "slow");
        await using (await LockAsync(chat.ChatId))
            (await CommitAsync(chat, send, log)).ShouldBeOfType<CommitOutcome.Unknown>();

        chat.Closed.ShouldBeTrue();
        var again = await OpenAsync(chat.ChatId, log);
        (await CommitAsync(again.Log, send, log)).ShouldBeOfType<CommitOutcome.Committed>().Seq.ShouldBe(1);
    }

    [Fact]
    public async Task Whatever_the_outcome_of_a_lost_connection_each_id_is_there_once_after_the_repeat()
    {
        var name = Id("writer");
        await using var log = NewLog(new StorageOptions { Writers = 1 }, name);
        var chats = new List<OpenChat>();
        for (var i = 0; i < 5; i++)
            chats.Add(await NewChatAsync("ann"));
        var unknown = 0;

        for (var round = 0; round < 12; round++)
        {
            var sends = chats.SelectMany(c => Enumerable.Range(0, 10).Select(i => (Chat: c, Change: Text("ann", $"{round} {i}")))).ToList();
            // Every third time it dies while it waits for a row, else wherever it is.
            var held = round % 3 == 0 ? await LockAsync(chats[2].ChatId) : null;
            var waiting = sends.Select(s => CommitAsync(s.Chat, s.Change, log)).ToArray();
            while (await TerminateAsync(name) == 0 && !Array.TrueForAll(waiting, w => w.IsCompleted))
                await Task.Yield();
            if (held is not null)
                await held.DisposeAsync();
            var outcomes = await Task.WhenAll(waiting);

            outcomes.ShouldAllBe(o =>
                o is CommitOutcome.Committed || o is CommitOutcome.Unknown || o is CommitOutcome.Fenced || o is CommitOutcome.Overloaded
            );
            unknown += outcomes.Count(o => o is CommitOutcome.Unknown);
            chats = [.. (await Task.WhenAll(chats.Select(c => OpenAsync(c.ChatId, log)))).Select(o => o.Log)];
            foreach (var (chat, change) in sends)
            {
                // A connection that was ended after its answer is found out by the next commit: unknown again, and repeated again.
                var repeat = await CommitAsync(chats.Single(c => c.ChatId == chat.ChatId), change, log);
                while (repeat is CommitOutcome.Unknown or CommitOutcome.Fenced or CommitOutcome.Overloaded)
                {
                    chats = [.. (await Task.WhenAll(chats.Select(c => OpenAsync(c.ChatId, log)))).Select(o => o.Log)];
                    repeat = await CommitAsync(chats.Single(c => c.ChatId == chat.ChatId), change, log);
                }
                (repeat is CommitOutcome.Committed or CommitOutcome.Duplicate).ShouldBeTrue(repeat.ToString());
            }
        }

        unknown.ShouldBeGreaterThan(0);
        foreach (var chat in chats)
        {
            var all = await AllAsync(chat.ChatId);
            all.Select(m => m.Seq).ShouldBe(Enumerable.Range(1, 120).Select(i => (long)i));
            all.DistinctBy(m => m.MessageId).Count().ShouldBe(120);
        }
    }

    [Fact]
    public async Task A_backend_that_dies_while_it_waits_in_a_commit_leaves_an_unknown()
    {
        var name = Id("writer");
        await using var log = NewLog(new StorageOptions { Writers = 1 }, name);
        var chat = await NewChatAsync("ann");
        await SendAsync(chat, "ann");
        await using var held = await LockAsync(chat.ChatId);
        var send = CommitAsync(chat, Text("ann", "lost"), log);

        while (await TerminateAsync(name, "AND wait_event_type = 'Lock'") == 0)
            await Task.Yield();

        (await send).ShouldBeOfType<CommitOutcome.Unknown>();
        (await CommitAsync(chat, Text("ann", "x"), log)).ShouldBeOfType<CommitOutcome.Fenced>();
    }

    [Fact]
    public async Task Without_a_server_nothing_is_written_and_that_is_known()
    {
        var nobody = new NpgsqlConnectionStringBuilder(Store.ConnectionString) { Port = 1 }.ConnectionString;
        await using var source = PostgresStorageExtensions.DataSource(nobody, null);
        await using var log = new PostgresChatLog(source, Options.Create(new StorageOptions()));

        (await CommitAsync(new OpenChat("c", 1, 0, 1, 0), Text("ann", "x"), log)).ShouldBeOfType<CommitOutcome.Overloaded>();
    }

    private new PostgresStorage Store => (PostgresStorage)base.Store;

    private Writer NewLog(StorageOptions options, string? name = null)
    {
        var settings = new NpgsqlConnectionStringBuilder(Store.ConnectionString) { ApplicationName = name ?? Id("log") };
        return new Writer(PostgresStorageExtensions.DataSource(settings.ConnectionString, null), options);
    }

    /// <summary>Holds the chat's row until it is disposed.</summary>
    private async Task<IAsyncDisposable> LockAsync(string chatId)
    {
        var connection = await Store.Source.OpenConnectionAsync(Ct);
        await using var command = new NpgsqlCommand($"BEGIN; SELECT 1 FROM chats WHERE chat_id = '{chatId}' FOR UPDATE", connection);
        await command.ExecuteNonQueryAsync(Ct);
        return connection;
    }

    private async Task<long> TerminateAsync(string name, string condition = "")
    {
        await using var command = Store.Source.CreateCommand(
            $"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = '{name}' AND state = 'active' {condition}"
        );
        return (long)(await command.ExecuteScalarAsync(Ct))!;
    }

    /// <summary>A log with a data source of its own.</summary>
    private sealed class Writer(NpgsqlDataSource source, StorageOptions options) : IChatLog, IAsyncDisposable
    {
        private readonly PostgresChatLog _log = new(source, Options.Create(options));

        public Task<OpenOutcome> OpenAsync(string chatId, ClusterView view, int tail, CancellationToken cancellationToken) =>
            _log.OpenAsync(chatId, view, tail, cancellationToken);

        public Task<CreateOutcome> CreateAsync(
            ChatRow chat,
            IReadOnlyList<MemberRow> members,
            ClusterView view,
            CancellationToken cancellationToken
        ) => _log.CreateAsync(chat, members, view, cancellationToken);

        public ValueTask<CommitOutcome> CommitAsync(OpenChat chat, ChatChange change) => _log.CommitAsync(chat, change);

        public Task<IReadOnlyDictionary<string, long>> EpochsAsync(
            IReadOnlyCollection<string> chatIds,
            CancellationToken cancellationToken
        ) => _log.EpochsAsync(chatIds, cancellationToken);

        public async ValueTask DisposeAsync()
        {
            await _log.DisposeAsync();
            await source.DisposeAsync();
        }
    }
}
