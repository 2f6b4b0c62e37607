using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;
using Orleans.Chat.LocalCluster;
using Orleans.Chat.Protocol;
using Orleans.Chat.Support;

namespace Orleans.Chat.Client.Tests.EndToEnd;

/// <summary>The server goes away and comes back under clients that stay.</summary>
public sealed class RestartTests
{
    [Theory]
    [InlineData(HubFormat.Json)]
    [InlineData(HubFormat.MessagePack)]
    public async Task A_server_that_is_killed_costs_no_message_and_doubles_none(HubFormat format)
    {
        await using var server = new StandaloneServer();
        await server.StartAsync();
        await using var alice = await Person.NewAsync("alice", Options(server, format));
        await using var bob = await Person.NewAsync("bob", Options(server, format));
        var chat = await alice.NewGroupAsync(bob);
        string[] texts = [.. Enumerable.Range(0, 400).Select(i => $"m{i}")];

        var sending = Task.WhenAll(texts[..300].Select(text => alice.Client.SendText(chat, text)));
        await bob.UntilAsync(me => me.Texts(chat).Length >= 20, "some messages");
        await server.KillAsync();
        await alice.UntilAsync(me => me.Client.State == ConnectionState.Waiting, "the loss");
        sending.IsCompleted.ShouldBeFalse("The server was to be killed in the middle.");
        var late = Task.WhenAll(texts[300..].Select(text => alice.Client.SendText(chat, text)));
        alice.Client.UnsentCount.ShouldBeGreaterThanOrEqualTo(100);
        await server.StartAsync();

        var answers = (await sending).Concat(await late).ToArray();
        await bob.UntilAsync(me => me.Texts(chat).Length >= texts.Length && me.Client.IsCaughtUp, "all messages");
        await alice.UntilAsync(me => me.Texts(chat).Length >= texts.Length && me.Client.IsCaughtUp, "all messages");
        bob.Texts(chat).ShouldBe(texts);
        alice.Texts(chat).ShouldBe(texts);
        answers.Select(answer => answer.Seq).ShouldBe(Enumerable.Range(1, texts.Length).Select(i => (long)i));
        bob.Created(chat).Select(message => message.MessageId).ShouldBe(answers.Select(answer => answer.MessageId));
        bob.Seen.OfType<HistoryDropped>().ShouldBeEmpty();
    }

    [Fact]
    public async Task What_was_unsent_when_the_client_itself_ended_is_sent_by_its_next_run()
    {
        await using var server = new StandaloneServer();
        await server.StartAsync();
        await using var bob = await Person.NewAsync("bob", Options(server));
        var store = new MemoryOutboxStore();
        var first = await Person.NewAsync("alice", Options(server, outbox: store));
        var chat = await first.NewGroupAsync(bob);
        string[] texts = [.. Enumerable.Range(0, 200).Select(i => $"m{i}")];

        var sending = Task.WhenAll(texts.Select(text => first.Client.SendText(chat, text)));
        await bob.UntilAsync(me => me.Texts(chat).Length >= 10, "some messages");
        await server.KillAsync();
        await first.DisposeAsync();
        await Should.ThrowAsync<OperationCanceledException>(sending);
        store.Kept.Count.ShouldBeGreaterThan(0);
        await server.StartAsync();
        await using var next = Person.Of(first.Id, Options(server, outbox: store));
        await next.LoginAsync();
        await next.Client.ConnectAsync();

        await bob.UntilAsync(me => me.Texts(chat).Length >= texts.Length, "all messages");
        await next.UntilAsync(me => me.Client.UnsentCount == 0, "an empty outbox");
        bob.Texts(chat).ShouldBe(texts);
        store.Kept.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_client_leaves_a_draining_server_when_it_was_told_to_and_not_before()
    {
        // A token that outlives the draining: a refresh whose answer the kill takes away would end the session.
        await using var server = new StandaloneServer(("Gateway__DrainSeconds", "600"), ("Auth__AccessTokenSeconds", "86400"));
        await server.StartAsync();
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var alice = await Person.NewAsync("alice", Options(server, time: time));

        server.Process.Send(Signal.Terminate);
        var draining = await alice.EventAsync<ServerDraining>();
        (await alice.Client.PingAsync()).ShouldNotBe(default);
        if (draining.AfterMs > 1)
        {
            time.Advance(TimeSpan.FromMilliseconds(draining.AfterMs - 1));
            (await alice.Client.PingAsync()).ShouldNotBe(default);
            alice.States.ShouldNotContain(ConnectionState.Waiting);
        }
        time.Advance(TimeSpan.FromMilliseconds(1));
        await alice.UntilAsync(me => me.States.Contains(ConnectionState.Waiting), "the leaving");

        await server.KillAsync();
        await server.StartAsync();
        await Clock.AdvanceUntilAsync(time, alice.UntilAsync(me => me.Client.State == ConnectionState.Connected, "the return"));
        (await alice.Client.PingAsync()).ShouldNotBe(default);
    }

    /// <param name="marked">
    /// Whether the restored database was given a new <c>history_id</c>, or somebody forgot: then only the clients' sync tokens, which are of
    /// later than the backup, give it away.
    /// </param>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_server_restored_from_a_backup_makes_clients_drop_what_it_does_not_know(bool marked)
    {
        await using var server = new StandaloneServer();
        await server.StartAsync();
        await using var alice = await Person.NewAsync("alice", Options(server));
        await using var bob = await Person.NewAsync("bob", Options(server));
        var chat = await alice.NewGroupAsync(bob);
        await alice.Client.SendText(chat, "in the backup");
        await bob.UntilAsync(me => me.Held(chat).Length == 1, "the first message");
        await server.StopAsync();
        var backup = server.Data + ".backup";
        Copy(server.Data, backup);
        await server.StartAsync();
        for (var i = 0; i < 5; i++)
            await alice.Client.SendText(chat, $"lost {i}");
        await bob.UntilAsync(me => me.Held(chat).Length == 6, "the messages after the backup");
        await Task.WhenAll(alice.Client.SyncAsync(), bob.Client.SyncAsync());

        await server.StopAsync();
        Directory.Delete(server.Data, recursive: true);
        Copy(backup, server.Data);
        if (marked)
            GiveNewHistory(server.Data);
        await server.StartAsync();

        await bob.EventAsync<HistoryDropped>();
        await alice.EventAsync<HistoryDropped>();
        await alice.UntilAsync(me => me.Client.State == ConnectionState.Connected && me.Client.Chats.ContainsKey(chat), "hers");
        await bob.UntilAsync(me => me.Client.State == ConnectionState.Connected && me.Client.Chats.ContainsKey(chat), "his");
        var sent = await alice.Client.SendText(chat, "after");
        sent.Seq.ShouldBe(2);
        await bob.UntilAsync(me => me.Held(chat).Contains("after"), "the message after");
        bob.Held(chat).ShouldNotContain(text => text.StartsWith("lost", StringComparison.Ordinal));
        bob[chat].Messages.ShouldAllBe(message => message.Seq <= 2);
        bob.Seen.OfType<HistoryDropped>().ShouldHaveSingleItem();
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }

    private static void GiveNewHistory(string data)
    {
        using var database = new SqliteConnection($"Data Source={Path.Combine(data, "chat.db")};Pooling=False");
        database.Open();
        using var command = database.CreateCommand();
        command.CommandText = "UPDATE installation SET value = 'restored' WHERE name = 'history_id'";
        command.ExecuteNonQuery().ShouldBe(1);
    }

    private static ChatClientOptions Options(
        StandaloneServer server,
        HubFormat format = HubFormat.Json,
        IOutboxStore? outbox = null,
        TimeProvider? time = null
    ) =>
        new()
        {
            Server = server.Url,
            Format = format,
            OutboxStore = outbox,
            Time = time ?? TimeProvider.System,
            BackoffCap = TimeSpan.FromSeconds(1),
            // A test's clock may run much faster than the server.
            HelloTimeout = time is null ? TimeSpan.FromSeconds(30) : TimeSpan.FromDays(1),
        };
}
