using System.Net;
using Orleans.Chat.LocalCluster;
using Orleans.Chat.Support;

namespace Orleans.Chat.EndToEnd;

/// <summary>The server with a certificate of its own, by ASP.NET Core's configuration alone.</summary>
public sealed class HttpsTests(HttpsTests.Secured place) : IClassFixture<HttpsTests.Secured>
{
    public sealed class Secured : StandalonePlace
    {
        private readonly int _port = FreePorts.Take();
        private readonly TestFolder _files = new("https");
        private TestCertificate _certificate = null!;

        public TestAuthority Authority { get; } = new();

        public Uri Https => new($"https://localhost:{_port}");

        protected override IReadOnlyDictionary<string, string?> Settings =>
            new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["Kestrel__Endpoints__Http__Url"] = $"http://127.0.0.1:{Port}",
                ["Kestrel__Endpoints__Https__Url"] = $"https://localhost:{_port}",
                ["Kestrel__Endpoints__Https__Certificate__Path"] = _certificate.CertificatePath,
                ["Kestrel__Endpoints__Https__Certificate__KeyPath"] = _certificate.KeyPath,
            };

        public override async ValueTask InitializeAsync()
        {
            _certificate = Authority.Write(_files.Path, "localhost", "chat.example");
            await base.InitializeAsync();
        }

        public override async ValueTask DisposeAsync()
        {
            await base.DisposeAsync();
            Authority.Dispose();
            _files.Delete();
        }

        public async Task<RawClient> NewUserOverTlsAsync(string name)
        {
            var client = new RawClient(Https, authority: Authority);
            await client.RegisterAsync($"{name}-{Guid.CreateVersion7().ToString("N")[20..]}");
            return client;
        }
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task REST_is_served_over_either_HTTP_as_the_handshake_agrees(string version)
    {
        await using var alice = await place.NewUserOverTlsAsync("alice");
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("users/me", UriKind.Relative))
        {
            Version = Version.Parse(version),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var answer = await alice.Http.SendAsync(request);

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Version.ShouldBe(Version.Parse(version));
    }

    [Fact]
    public async Task A_browser_is_told_to_stay_with_https_for_a_name_that_is_not_localhost()
    {
        (await HstsAsync(place.Https, "chat.example")).ShouldStartWith("max-age=");
        (await HstsAsync(place.Https, "localhost")).ShouldBeNull();
        (await HstsAsync(place.Here, "chat.example")).ShouldBeNull();
    }

    /// <summary>
    /// Answers and pushes of both on the same sockets, as frames of all lengths of a header that fit, in each sender's order: what a stream that does
    /// not flush, or two writers at once, would break.
    /// </summary>
    [Fact]
    public async Task The_hub_pushes_over_wss_what_was_sent_in_its_order()
    {
        await using var alice = await place.NewUserOverTlsAsync("alice");
        await using var bob = await place.NewUserOverTlsAsync("bob");
        var chat = await Place.NewGroupAsync(alice, bob);
        await using var hers = await alice.ConnectAsync();
        await using var his = await bob.ConnectAsync();
        string[] Of(string who) => [.. Enumerable.Range(0, 100).Select(i => $"{who} {i:000} {new string('x', i * 37)}")];

        await Task.WhenAll(SendAsync(hers, chat, Of("alice")), SendAsync(his, chat, Of("bob")));

        foreach (var hub in new[] { hers, his })
        {
            await Eventually.HoldsAsync(() => Place.Pushed(hub, chat).Length == 200);
            foreach (var who in new[] { "alice", "bob" })
                Place.Pushed(hub, chat).Where(m => m.StartsWith(who, StringComparison.Ordinal)).ShouldBe(Of(who));
        }
    }

    [Fact]
    public async Task A_client_that_does_not_know_the_authority_is_not_connected()
    {
        await using var stranger = new RawClient(place.Https);

        await Should.ThrowAsync<HttpRequestException>(() => stranger.RegisterAsync("stranger"));
    }

    // Not awaited one by one: many are under way at once, and keep their order.
    private static async Task SendAsync(RawHub hub, string chat, string[] contents) =>
        await Task.WhenAll(
            contents.Select(content =>
                hub.InvokeAsync(
                    "SendMessage",
                    new
                    {
                        chat_id = chat,
                        content,
                        type = "text",
                    }
                )
            )
        );

    private async Task<string?> HstsAsync(Uri server, string host)
    {
        using var http = new HttpClient(place.Authority.Handler());
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server, "/health/live")) { Headers = { Host = host } };
        using var answer = await http.SendAsync(request);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        return answer.Headers.TryGetValues("Strict-Transport-Security", out var values) ? string.Join(',', values) : null;
    }
}
