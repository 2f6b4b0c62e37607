namespace Orleans.Chat.Gateway.Tests.Auth;

/// <summary>The server with a known key, which closes a connection as soon as its token has expired.</summary>
public sealed class StrictPlace : SignedPlace
{
    protected override IReadOnlyDictionary<string, string?> Settings =>
        new Dictionary<string, string?>(base.Settings, StringComparer.Ordinal) { ["Delivery__TokenGraceSeconds"] = "0" };
}

public sealed class ExpiryTests(StrictPlace place) : IClassFixture<StrictPlace>
{
    [Fact]
    public async Task A_connection_ends_with_its_token_unless_it_showed_another_in_time()
    {
        await using var alice = await place.NewUserAsync("alice");
        var lasting = alice.AccessToken!;
        var ends = TimeProvider.System.GetUtcNow().AddSeconds(5).ToUnixTimeSeconds();
        alice.UseToken(place.Resigned(lasting, (_, p) => p["exp"] = System.Text.Json.JsonSerializer.SerializeToElement(ends)));
        await using var silent = await alice.ConnectAsync();
        await using var renewed = await alice.ConnectAsync();
        (await renewed.InvokeAsync("Reauthenticate", new { access_token = lasting }))
            .GetProperty("expires_in")
            .GetInt32()
            .ShouldBePositive();

        await silent.Closed.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        TimeProvider.System.GetUtcNow().ToUnixTimeSeconds().ShouldBeGreaterThanOrEqualTo(ends);
        (await renewed.InvokeAsync("Ping")).GetProperty("server_time").GetString().ShouldNotBeNull();
    }
}
