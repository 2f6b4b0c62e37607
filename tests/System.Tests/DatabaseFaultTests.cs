using Npgsql;
using Orleans.Chat.EndToEnd;
using Orleans.Chat.Support;

namespace Orleans.Chat.SystemTests;

/// <summary>Connections to the database that are killed, and stores that die.</summary>
public sealed class DatabaseFaultTests(FaultPlace place) : IClassFixture<FaultPlace>, IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public async ValueTask InitializeAsync() => await place.MendAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Connections_killed_in_mid_send_lose_double_and_reorder_nothing()
    {
        await using var alice = await place.NewUserAsync("alice");
        await using var bob = await place.NewUserAsync("bob", place.There);
        var chats = new List<string>();
        for (var i = 0; i < 8; i++)
            chats.Add(await Place.NewGroupAsync(alice, bob));
        await using var hers = await alice.ConnectAsync();
        await using var his = await bob.ConnectAsync();

        var sends = chats.SelectMany(c => Enumerable.Range(0, 60).Select(i => hers.SendPatientlyAsync(c, $"m{i}"))).ToList();
        await KillConnectionsAsync();
        sends.AddRange(chats.SelectMany(c => Enumerable.Range(60, 60).Select(i => hers.SendPatientlyAsync(c, $"m{i}"))));
        var accepted = await Task.WhenAll(sends);

        foreach (var chat in chats)
        {
            var kept = await Place.ContentsAsync(bob, chat);
            kept.ShouldBe(Enumerable.Range(0, 120).Select(i => $"m{i}"), ignoreOrder: true);
            await his.Events.WaitUntilAsync(_ => Place.Pushed(his, chat).Length >= kept.Length, Patience);
            Place.Pushed(his, chat).ShouldBe(kept);
            var byFirstTry = accepted.Where(a => a.Chat == chat && a.Tries == 1).Select(a => a.Content).ToArray();
            kept.Where(byFirstTry.Contains).ShouldBe(byFirstTry);
        }
    }

    [Fact]
    public async Task Repeats_raced_over_both_gateways_while_connections_are_killed_are_one_message_with_one_answer()
    {
        const int Messages = 40;
        await using var alice = await place.NewUserAsync("alice");
        await using var elsewhere = new RawClient(place.There);
        elsewhere.UseToken(alice.AccessToken);
        var chat = await Place.NewGroupAsync(alice);

        var racing = Enumerable
            .Range(0, Messages)
            .Select(i => (Content: $"m{i}", Id: Place.NewId()))
            .Select(m => Task.WhenAll(Enumerable.Range(0, 6).Select(i => SendAsync(i % 2 == 0 ? alice : elsewhere, chat, m.Content, m.Id))))
            .ToArray();
        for (var i = 0; i < Messages; i += 8)
        {
            await KillConnectionsAsync();
            await racing[i];
        }
        var answers = await Task.WhenAll(racing);

        foreach (var same in answers)
        {
            same.Select(a => a.Body.ToString()).Distinct().ShouldHaveSingleItem();
            // All may be repeats: the answer to the first was lost.
            same.Count(a => a.Status == 201).ShouldBeInRange(0, 1);
        }
        answers.Select(a => a[0].Body.GetProperty("seq").GetInt64()).Order().ShouldBe(Enumerable.Range(1, Messages).Select(i => (long)i));
        (await Place.ContentsAsync(alice, chat)).ShouldBe(Enumerable.Range(0, Messages).Select(i => $"m{i}"), ignoreOrder: true);
    }

    [Fact]
    public async Task Accounts_whose_connections_are_killed_are_served_or_told_to_come_again()
    {
        var refused = new HashSet<string>();
        for (var round = 0; round < 3; round++)
        {
            var registering = Enumerable.Range(0, 8).Select(_ => RegisterAsync(refused)).ToArray();
            await KillConnectionsAsync();
            (await Task.WhenAll(registering)).ShouldAllBe(done => done);
        }
        refused.ShouldBeSubsetOf(["unavailable", "overloaded"]);
    }

    [Fact]
    public async Task Database_and_Redis_that_died_together_and_came_back_are_told_of_as_unavailable_and_found_again()
    {
        using var stop = new CancellationTokenSource();
        var refused = new HashSet<string>();
        var registering = Enumerable
            .Range(0, 8)
            .Select(async _ =>
            {
                while (!stop.IsCancellationRequested)
                    await RegisterAsync(refused);
            })
            .ToArray();
        var redis = place.Cluster.Redis;
        var postgres = place.Cluster.Postgres;
        await Task.WhenAll(FaultPlace.KillAsync(postgres), FaultPlace.KillAsync(redis));
        await Eventually.HoldsAsync("the outage is felt", Patience, () => Task.FromResult(refused.Contains("unavailable")));
        await place.MendAsync();

        await stop.CancelAsync();
        await Task.WhenAll(registering);
        lock (refused)
            refused.ShouldBeSubsetOf(["unavailable", "overloaded"]);
        await using var alice = await place.NewUserAsync("alice");
        var chat = await Place.NewGroupAsync(alice);
        await using var hers = await alice.ConnectAsync();
        await hers.SendPatientlyAsync(chat, "after");
        await Place.MessageAsync(hers, chat, "after");
    }

    /// <summary>Registers a new user, again and again until it is there; notes what it was refused with.</summary>
    private async Task<bool> RegisterAsync(HashSet<string> refused)
    {
        await using var client = new RawClient(place.Here);
        var body = new
        {
            user_id = "u-" + Guid.CreateVersion7().ToString("N"),
            display_name = "U",
            password = "correct horse battery",
        };
        var done = false;
        await Eventually.HoldsAsync(
            "a user is registered",
            TimeSpan.FromSeconds(60),
            async () =>
            {
                var answer = await client.PostAsync("auth/register", body);
                // The answer to the first may have been lost: then it is there, by this name that nobody else has.
                done = answer.Status == 201 || answer.Code == "conflict";
                if (!done)
                {
                    lock (refused)
                        refused.Add(answer.Code ?? $"{answer.Status}");
                }
                return done;
            }
        );
        return done;
    }

    private static async Task<RawAnswer> SendAsync(RawClient client, string chat, string content, string id)
    {
        var body = new
        {
            chat_id = chat,
            content,
            type = "text",
            message_id = id,
        };
        RawAnswer answer = default;
        await Eventually.HoldsAsync(
            "a message is accepted",
            TimeSpan.FromSeconds(60),
            async () => (answer = await client.PostAsync("messages", body)).Status != 503
        );
        answer.Status.ShouldBeOneOf(200, 201);
        return answer;
    }

    private async Task KillConnectionsAsync()
    {
        await using var connection = new NpgsqlConnection(place.Cluster.Postgres.ConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var kill = new NpgsqlCommand(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
            connection
        );
        await kill.ExecuteNonQueryAsync();
    }
}
