using Orleans.Chat.EndToEnd;
using Orleans.Chat.LocalCluster;
using Orleans.Chat.Support;

namespace Orleans.Chat.SystemTests;

public sealed class TlsClusterTests(TlsPlace place) : IClassFixture<TlsPlace>
{
    [Fact]
    public async Task What_is_sent_over_wss_arrives_over_wss()
    {
        await using var alice = await NewUserAsync("alice");
        await using var bob = await NewUserAsync("bob");
        var chat = await Place.NewGroupAsync(alice, bob);
        await using var hers = await alice.ConnectAsync();
        await using var his = await bob.ConnectAsync();

        await hers.InvokeAsync(
            "SendMessage",
            new
            {
                chat_id = chat,
                content = "in private",
                type = "text",
            }
        );

        await Place.MessageAsync(his, chat, "in private");
        (await Place.ContentsAsync(bob, chat)).ShouldBe(["in private"]);
    }

    [Fact]
    public async Task A_silo_with_a_foreign_certificate_does_not_join_and_one_with_the_clusters_does()
    {
        var foreign = place.ForeignSilo();
        using var enough = new CancellationTokenSource();
        var starting = foreign.StartAsync(enough.Token);

        // It asks each of them for an answer before it counts itself as one of them.
        await Eventually.HoldsAsync(async () =>
            (await Task.WhenAll(place.Silos.Select(LogAsync))).All(l => l.Contains("is refused: PartialChain", StringComparison.Ordinal))
        );
        (await FaultPlace.IsReadyAsync(foreign)).ShouldBeFalse();
        starting.IsCompleted.ShouldBeFalse();
        await enough.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => starting);
        await foreign.Process.KillAsync();

        await place.ThirdSilo().StartAsync(TestContext.Current.CancellationToken);
        await Eventually.HoldsAsync(() => FaultPlace.IsReadyAsync(place.Gateway));
    }

    [Fact]
    public async Task No_log_has_a_secret_while_all_goes_well()
    {
        foreach (var server in (ServerProcess[])[.. place.Silos, place.Gateway])
        {
            var log = await LogAsync(server);
            log.ShouldContain("dbug: ");
            log.ShouldContain("Cluster:Tls: the certificate of ");
            foreach (var secret in place.Secrets)
                log.ShouldNotContain(secret);
        }
    }

    private async Task<RawClient> NewUserAsync(string name)
    {
        var client = new RawClient(place.Https, authority: place.Authority);
        await client.RegisterAsync($"{name}-{Guid.CreateVersion7().ToString("N")[20..]}");
        return client;
    }

    private static Task<string> LogAsync(ServerProcess server) => File.ReadAllTextAsync(server.Process.LogFile);
}
