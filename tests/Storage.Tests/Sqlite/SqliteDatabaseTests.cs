using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Chat.Storage.Chats;
using Orleans.Chat.Storage.Sqlite;
using Orleans.Chat.Storage.Tests.Specs;
using Orleans.Chat.Storage.Users;

namespace Orleans.Chat.Storage.Tests.Sqlite;

public sealed class SqliteDatabaseTests(SqliteStorage store) : ChatSpec(store)
{
    [Fact]
    public async Task A_commit_is_on_disk_when_it_returns_and_readers_do_not_write()
    {
        var (journal, synchronous, keys) = await store.Database.WriteAsync(s =>
            (
                s.First("PRAGMA journal_mode", r => r.GetString(0)),
                s.First("PRAGMA synchronous", r => r.GetInt64(0)),
                s.First("PRAGMA foreign_keys", r => r.GetInt64(0))
            )
        );

        (journal, synchronous, keys).ShouldBe(("wal", 2L, 1L));
        await Should.ThrowAsync<SqliteException>(() => store.Database.ReadAsync(s => s.Execute("UPDATE writes SET last = last + 1"), Ct));
        (await store.Database.ReadAsync(Writes.Last, Ct)).ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_write_that_fails_is_undone_alone()
    {
        var names = Enumerable.Range(0, 30).Select(_ => Id("n")).ToArray();

        var writes = names
            .Select(
                (name, i) =>
                    store.Database.WriteAsync(s =>
                    {
                        s.Execute("INSERT INTO installation (name, value) VALUES ($1, 'x')", name);
                        return i % 3 == 0 ? throw new InvalidOperationException(name) : i;
                    })
            )
            .ToArray();
        await Should.ThrowAsync<InvalidOperationException>(() => Task.WhenAll(writes));

        writes.Count(w => w.IsFaulted).ShouldBe(10);
        for (var i = 0; i < names.Length; i++)
        {
            var found = await store.Database.ReadAsync(
                s => s.First("SELECT count(*) FROM installation WHERE name = $1", r => r.GetInt64(0), names[i]),
                Ct
            );
            found.ShouldBe(i % 3 == 0 ? 0 : 1);
        }
    }

    [Theory]
    [InlineData("nul \0 in it", null, "22021")]
    [InlineData("half of a pair", null, "22021")]
    [InlineData("no json", "{", "23514")]
    public async Task A_row_that_the_database_refuses_fails_nobody_else(string content, string? metadata, string state)
    {
        var (chat, other) = (await NewChatAsync("ann"), await NewChatAsync("bob"));
        // An attribute cannot hold half of a pair.
        var bad = Text("ann", content.StartsWith("half", StringComparison.Ordinal) ? content + '\ud83d' : content) with
        {
            Metadata = metadata,
        };
        List<(OpenChat Chat, ChatChange Change)> changes =
        [
            .. Enumerable.Range(0, 20).Select(i => (chat, (ChatChange)Text("ann", $"m{i}"))),
        ];
        changes.Insert(10, (chat, bad));
        changes.AddRange(Enumerable.Range(0, 20).Select(i => (other, (ChatChange)Text("bob", $"m{i}"))));

        var outcomes = await Task.WhenAll(changes.Select(c => CommitAsync(c.Chat, c.Change)).ToArray());

        outcomes[10].ShouldBe(new CommitOutcome.Refused(state));
        outcomes.Count(o => o is CommitOutcome.Committed).ShouldBe(40);
        (await AllAsync(chat.ChatId)).Select(m => m.Seq).ShouldBe(Enumerable.Range(1, 20).Select(i => (long)i));
    }

    [Fact]
    public async Task A_database_that_another_process_keeps_busy_says_overloaded_and_goes_on_later()
    {
        await using var database = new SqliteDatabase(store.FilePath, TimeSpan.FromSeconds(1));
        await using var log = new SqliteChatLog(database, Options.Create(new StorageOptions()));
        var chat = (await log.OpenAsync((await NewChatAsync("ann")).ChatId, View, 1, Ct)).ShouldBeOfType<OpenOutcome.Opened>().Log;
        await using (var other = new SqliteConnection(SqliteDatabase.ConnectionString(store.FilePath, TimeSpan.FromSeconds(30))))
        {
            await other.OpenAsync(Ct);
            await using var begin = new SqliteCommand("BEGIN IMMEDIATE", other);
            await begin.ExecuteNonQueryAsync(Ct);
            (await CommitAsync(chat, Text("ann", "x"), log)).ShouldBeOfType<CommitOutcome.Overloaded>();
        }

        (await CommitAsync(chat, Text("ann", "y"), log)).ShouldBe(new CommitOutcome.Committed(2, 1, 1));
    }

    [Fact]
    public async Task A_message_writes_no_row_of_those_who_do_not_listen_and_a_sync_marks_once()
    {
        var users = Enumerable.Range(0, 200).Select(i => Id("u")).ToArray();
        var chat = await NewChatAsync(users);
        await SendAsync(chat, users[0]);
        var before = await MarksAsync();

        await SendAsync(chat, users[0]);
        (await MarksAsync()).ShouldBe(before);
        await Store.Lists.SyncAsync(users[1], null, 10, Ct);
        await SendAsync(chat, users[0]);
        await SendAsync(chat, users[0]);

        (await MarksAsync()).Except(before).ShouldHaveSingleItem().User.ShouldBe(users[1]);

        Task<List<(string User, long Changed)>> MarksAsync() =>
            store.Database.ReadAsync(
                s =>
                    s.Rows(
                        "SELECT user_id, changed FROM chat_participants WHERE chat_id = $1 ORDER BY user_id",
                        r => (r.GetString(0), r.GetInt64(1)),
                        chat.ChatId
                    ),
                Ct
            );
    }

    [Fact]
    public async Task A_synchronisation_of_many_chats_reads_what_changed_alone()
    {
        var (me, ann) = (Id("me"), Id("ann"));
        var chats = new List<OpenChat>();
        for (var i = 0; i < 300; i++)
            chats.Add(await NewChatAsync(me, ann));
        var token = (await SyncAllAsync(me, null)).Token;
        await SendAsync(chats[7], ann);

        (await SyncAllAsync(me, token)).Chats.ShouldBe([chats[7].ChatId]);
        var plan = await store.Database.ReadAsync(
            s => s.Rows("EXPLAIN QUERY PLAN " + SqliteSync.PickChanged, r => r.GetString(3), me, 5L, "", 10L),
            Ct
        );
        plan.ShouldAllBe(step => step.Contains("chat_participants_changed (user_id=? AND (changed,chat_id)>(?,?))"));
    }

    [Fact]
    public async Task What_was_acknowledged_is_there_when_the_file_is_opened_again()
    {
        var folder = Directory.CreateTempSubdirectory("chat-sqlite-").FullName;
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(
                new Dictionary<string, string?>
                {
                    ["Storage:Provider"] = "Sqlite",
                    ["Storage:DataDirectory"] = Path.Combine(folder, "data"),
                }
            )
            .Build();
        StorageSetup.Migrate(configuration);
        string history;
        await using (var services = Provider())
        {
            history = await services.GetRequiredService<IInstallationStore>().HistoryIdAsync(Ct);
            var log = services.GetRequiredService<IChatLog>();
            var created = await log.CreateAsync(Chat("c1"), [Member("ann")], View, Ct);
            var chat = created.ShouldBeOfType<CreateOutcome.Created>().Log;
            await Task.WhenAll(
                Enumerable.Range(0, 50).Select(i => CommitAsync(chat, Text("ann", i.ToString(CultureInfo.InvariantCulture)), log))
            );
        }

        StorageSetup.Migrate(configuration);
        await using (var services = Provider())
        {
            var opened = await services.GetRequiredService<IChatLog>().OpenAsync("c1", View, 100, Ct);
            opened.ShouldBeOfType<OpenOutcome.Opened>().Tail.Count.ShouldBe(50);
            (await services.GetRequiredService<IInstallationStore>().HistoryIdAsync(Ct)).ShouldBe(history);
        }
        Directory.Delete(folder, recursive: true);

        ServiceProvider Provider() =>
            new ServiceCollection().AddSingleton<IConfiguration>(configuration).AddChatStorage(configuration).BuildServiceProvider();
    }

    [Theory]
    [InlineData("Sqlite", null, true)]
    [InlineData("Postgres", "Host=db", false)]
    [InlineData(null, "Host=db", false)]
    public void The_configuration_chooses_the_database(string? provider, string? postgres, bool sqlite)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(
                new Dictionary<string, string?> { ["Storage:Provider"] = provider, ["ConnectionStrings:Postgres"] = postgres }
            )
            .Build();

        StorageSetup.AdoNet(configuration).Invariant.ShouldBe(sqlite ? "System.Data.SQLite" : "Npgsql");
        var services = new ServiceCollection().AddChatStorage(configuration);
        services
            .Single(s => s.ServiceType == typeof(IChatLog))
            .ImplementationType!.Name.ShouldBe(sqlite ? "SqliteChatLog" : "PostgresChatLog");
        services.ShouldContain(s => s.ServiceType == typeof(IAccountStore));
    }
}
