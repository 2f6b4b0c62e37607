using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.Grains.Interfaces.Delivery;
using Orleans.Chat.Protocol;
using Orleans.Chat.Storage;
using Orleans.Chat.Support;
using static Orleans.Chat.Grains.Tests.Chats.ChatTestCalls;

namespace Orleans.Chat.Grains.Tests.Chats;

/// <summary>A silo that reaches its database through a network that fails.</summary>
public sealed class FaultyCluster(PostgresFixture postgres) : ChatCluster(postgres)
{
    private const string Name = "silo-under-test";
    private readonly TcpProxy _proxy = new(postgres.Server.Port);

    public TcpProxy Proxy => _proxy;

    internal override ClusterSetup Setup =>
        new() { Configure = services => services.Configure<StorageOptions>(o => (o.CommandTimeoutSeconds, o.Writers) = (2, 1)) };

    protected override string Store => Database.Through(_proxy.Port) + $";Application Name={Name}";

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _proxy.DisposeAsync();
    }

    /// <summary>Ends the silo's connections in the server; how many there were.</summary>
    internal async Task<long> TerminateAsync() =>
        (long)
            (
                await Database.RowAsync(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database()",
                    Name
                )
            )[0];
}

/// <summary>What becomes of a send when the store's answer does not come.</summary>
[Collection(ClustersCollection.Name)]
public sealed class StoreFaultTests(FaultyCluster faulty) : IClassFixture<FaultyCluster>
{
    private readonly GrainCluster _cluster = faulty.Cluster;

    [Fact]
    public async Task A_send_whose_commit_was_not_answered_is_repeated_into_the_first_seq_and_pushed_though_nothing_follows_it()
    {
        var (ann, bob) = (await _cluster.NewUserAsync("ann"), await _cluster.NewUserAsync("bob"));
        var gateway = await _cluster.NewGatewayAsync();
        await gateway.ConnectAsync(bob);
        var chat = await _cluster.NewGroupAsync(ann, bob);
        await _cluster.SayAsync(chat, ann, "first");
        await gateway.Chat(chat).ReachAsync(2);
        var message = Text("the answer to this one is lost");
        var forwarded = faulty.Proxy.SwallowAnswersAfter(Encoding.UTF8.GetBytes(message.Content));

        var told = await _cluster.TryAsync(chat, ann, message);
        forwarded.IsCompletedSuccessfully.ShouldBeTrue();
        told.Problem.ShouldNotBeNull().Retry.ShouldBeTrue(told.Problem.ToString());

        var sent = await _cluster.SendAsync(chat, ann, message);
        (sent.Seq, sent.Revision, sent.Repeated).ShouldBe((2, 3, true));
        var counts = await faulty.Database.CountAsync(chat);
        (counts.HeadSeq, counts.Messages, counts.Ids, counts.Revision).ShouldBe((2, 2, 2, 3));

        // The repeat published nothing; the next activation's announced head did.
        await gateway.Chat(chat).ReachAsync(3);
        gateway.Chat(chat).MessageIds.ShouldBe([.. (await _cluster.AllAsync(chat, bob)).Select(m => m.MessageId)]);
        gateway.Chat(chat).Pushes.SelectMany(p => p.Entries).ShouldNotContain(e => e.Revision == 3);
        gateway.Chat(chat).Pushes.ShouldContain(p => p.Entries.Length == 0 && p.Head == 3);
    }

    [Fact]
    public async Task Connections_that_end_in_mid_send_leave_every_message_there_once_after_its_repeat()
    {
        const int Rounds = 10;
        const int Writers = 4;
        const int Messages = 10;
        var (ann, bob) = (await _cluster.NewUserAsync("ann"), await _cluster.NewUserAsync("bob"));
        var gateway = await _cluster.NewGatewayAsync();
        await gateway.ConnectAsync(bob);
        var chat = await _cluster.NewGroupAsync(ann, bob);
        var all = new List<string>();
        var repeated = 0;

        for (var round = 0; round < Rounds; round++)
        {
            // The connections end while the sends wait for the chat's row, and a second time wherever they are then.
            await using var held = await LockAsync("chats", chat);
            var sends = Enumerable.Range(0, Writers * Messages).Select(i => Text($"{round} {i}")).ToArray();
            var answers = Task.WhenAll(sends.Select(s => _cluster.TryAsync(chat, ann, s)));
            while (await faulty.TerminateAsync() == 0 && !answers.IsCompleted)
                await Task.Yield();
            await held.DisposeAsync();
            await faulty.TerminateAsync();

            foreach (var (send, answer) in sends.Zip(await answers))
            {
                if (answer.Ok)
                    continue;
                (answer.Problem!.Retry || answer.Problem.Code == ProblemCodes.Overloaded).ShouldBeTrue(answer.Problem.ToString());
                repeated++;
                await UntilAnsweredAsync(chat, ann, send);
            }
            all.AddRange(sends.Select(s => s.MessageId));
        }

        repeated.ShouldBeGreaterThan(0);
        var counts = await faulty.Database.CountAsync(chat);
        (counts.HeadSeq, counts.MaxSeq, counts.Messages, counts.Ids).ShouldBe((all.Count, all.Count, all.Count, all.Count));
        counts.Revision.ShouldBe(all.Count + 1);
        await gateway.Chat(chat).ReachAsync(counts.Revision);
        gateway.Chat(chat).MessageIds.Order(StringComparer.Ordinal).ShouldBe(all.Order(StringComparer.Ordinal));
        gateway.Chat(chat).Contradictions.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_receipt_is_told_when_its_cursor_is_written_and_not_before()
    {
        var (ann, bob) = (await _cluster.NewUserAsync("ann"), await _cluster.NewUserAsync("bob"));
        var gateway = await _cluster.NewGatewayAsync();
        await gateway.ConnectAsync(ann);
        var chat = await _cluster.NewGroupAsync(ann, bob);
        await _cluster.SayAsync(chat, ann, "hello");

        var held = await LockAsync("chat_participants", chat);
        await _cluster.Client.Chat(chat).Acknowledge(bob, 1, 1);
        var told = gateway.HearsAsync<ChatEphemeral>(e => e.ChatId == chat && e.Events.OfType<ReceiptEvent>().Any(r => r.ReadSeq == 1));
        // Three times of gathering, and one write that gave up and goes with the next.
        await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System, TestContext.Current.CancellationToken);
        told.IsCompleted.ShouldBeFalse();

        await held.DisposeAsync();
        await told;
        var row = await faulty.Database.RowAsync("SELECT read_seq FROM chat_participants WHERE chat_id = $1 AND user_id = $2", chat, bob);
        row[0].ShouldBe(1L);
    }

    /// <summary>As a client does: what is overloaded or to be repeated is sent again with the same id.</summary>
    private async Task UntilAnsweredAsync(string chat, string sender, Interfaces.Chats.NewMessage message)
    {
        var answer = await _cluster.TryAsync(chat, sender, message);
        while (answer.Problem is { } problem)
        {
            (problem.Retry || problem.Code == ProblemCodes.Overloaded).ShouldBeTrue(problem.ToString());
            answer = await _cluster.TryAsync(chat, sender, message);
        }
    }

    /// <summary>Holds the chat's rows in a table, so that the next write of them waits.</summary>
    private async Task<NpgsqlConnection> LockAsync(string table, string chat)
    {
        var connection = new NpgsqlConnection(faulty.Database.ConnectionString + ";Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand($"BEGIN; SELECT 1 FROM {table} WHERE chat_id = @chat FOR UPDATE", connection);
        command.Parameters.AddWithValue("chat", chat);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        return connection;
    }
}
