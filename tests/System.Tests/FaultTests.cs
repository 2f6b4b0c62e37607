using System.Globalization;
using Microsoft.AspNetCore.SignalR;
using Npgsql;
using Orleans.Chat.EndToEnd;
using Orleans.Chat.LocalCluster;
using Orleans.Chat.Support;

namespace Orleans.Chat.SystemTests;

/// <summary>Faults in real processes. A cluster of their own: what they break, nobody else needs.</summary>
public sealed class FaultTests : IAsyncLifetime
{
    private const int Messages = 60;
    private readonly ClusterPlace _place = new();

    public ValueTask InitializeAsync() => _place.InitializeAsync();

    public ValueTask DisposeAsync() => _place.DisposeAsync();

    [Fact]
    public async Task A_message_reaches_only_the_gateway_that_has_members()
    {
        await using var alice = await _place.NewUserAsync("alice");
        await using var carol = await _place.NewUserAsync("carol");
        await using var stranger = await _place.NewUserAsync("stranger", _place.There);
        var chat = await Place.NewGroupAsync(alice, carol);
        await using var hers = await carol.ConnectAsync();
        await using var elsewhere = await stranger.ConnectAsync();
        await Place.SendAsync(alice, chat, "first");
        await Place.MessageAsync(hers, chat, "first");
        var before = await FoundNobodyAsync();

        for (var i = 0; i < 20; i++)
            await Place.SendAsync(alice, chat, $"m{i}");
        await Place.MessageAsync(hers, chat, "m19");

        (await FoundNobodyAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task A_killed_silo_loses_doubles_and_reorders_nothing()
    {
        var silo = _place.Cluster.Silos[1];
        await SendThroughAsync(async () =>
        {
            silo.Process.Send(Signal.Kill);
            await silo.Process.WaitForExitAsync(TestContext.Current.CancellationToken);
        });
    }

    [Fact]
    public async Task Database_connections_that_are_killed_in_mid_send_lose_double_and_reorder_nothing() =>
        await SendThroughAsync(async () =>
        {
            await using var connection = new NpgsqlConnection(_place.Cluster.Postgres.ConnectionString);
            await connection.OpenAsync();
            await using var kill = new NpgsqlCommand(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
                connection
            );
            await kill.ExecuteNonQueryAsync();
        });

    /// <summary>Pipelines sends into several chats, breaks something in the middle, repeats what was refused with the same ids, and compares what everybody has.</summary>
    private async Task SendThroughAsync(Func<Task> fault)
    {
        await using var alice = await _place.NewUserAsync("alice");
        await using var bob = await _place.NewUserAsync("bob", _place.There);
        var chats = new List<string>();
        for (var i = 0; i < 8; i++)
            chats.Add(await Place.NewGroupAsync(alice, bob));
        await using var hers = await alice.ConnectAsync();
        await using var his = await bob.ConnectAsync();

        var sends = chats.SelectMany(c => Enumerable.Range(0, Messages).Select(i => SendAsync(hers, c, i))).ToList();
        await fault();
        sends.AddRange(chats.SelectMany(c => Enumerable.Range(Messages, Messages).Select(i => SendAsync(hers, c, i))));
        var results = await Task.WhenAll(sends);

        string[] all = [.. Enumerable.Range(0, 2 * Messages).Select(i => $"m{i}")];
        foreach (var chat in chats)
        {
            var kept = await Place.ContentsAsync(bob, chat);
            kept.ShouldBe(all, ignoreOrder: true);
            await his.Events.WaitUntilAsync(_ => Place.Pushed(his, chat).Length >= kept.Length, TimeSpan.FromSeconds(30));
            Place.Pushed(his, chat).ShouldBe(kept);
            var firstTry = results.Where(s => s.Chat == chat && s.Tries == 1).Select(s => s.Content).ToArray();
            kept.Where(firstTry.Contains).ShouldBe(firstTry);
        }
    }

    private static async Task<(string Chat, string Content, int Tries)> SendAsync(RawHub hub, string chat, int number)
    {
        var message = new
        {
            chat_id = chat,
            content = $"m{number}",
            type = "text",
            message_id = Place.NewId(),
        };
        for (var tries = 1; ; tries++)
        {
            try
            {
                await hub.InvokeAsync("SendMessage", message);
                return (chat, message.content, tries);
            }
            catch (HubException refused) when (tries < 30 && Code(refused) is "unavailable" or "overloaded")
            {
                await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System);
            }
        }
    }

    private static string? Code(HubException refused) => RawHub.ProblemOf(refused).GetProperty("code").GetString();

    private async Task<double> FoundNobodyAsync()
    {
        var sum = 0.0;
        foreach (var gateway in _place.Cluster.Gateways)
        {
            using var http = new HttpClient();
            var metrics = await http.GetStringAsync(new Uri(gateway.Url, "/metrics"));
            sum += metrics
                .Split('\n')
                .Where(l => l.StartsWith("orleans_chat_gateway_events_without_members", StringComparison.Ordinal))
                .Sum(l => double.Parse(l.Split(' ')[1], CultureInfo.InvariantCulture));
        }
        return sum;
    }
}
