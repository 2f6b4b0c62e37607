using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Orleans.Chat.EndToEnd;
using Orleans.Chat.Support;

namespace Orleans.Chat.Gateway.Tests.Oidc;

/// <summary>The standalone server with a provider that issues the tokens; the server was there first.</summary>
public sealed class OidcPlace : StandalonePlace
{
    public OidcProvider Provider { get; } = new();

    /// <summary>What a token got while the provider took connections and said nothing, and how long that took.</summary>
    public (RawAnswer Answer, TimeSpan Took) WhileSilent { get; private set; }

    /// <summary>And while nobody listened there.</summary>
    public RawAnswer WhileDown { get; private set; }

    protected override IReadOnlyDictionary<string, string?> Settings =>
        new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Auth__Authority"] = Provider.Authority,
            ["Auth__Audience"] = OidcProvider.Audience,
            ["Auth__RequireHttpsMetadata"] = "false",
        };

    /// <summary>Somebody with a token of the provider's.</summary>
    public RawClient As(string token)
    {
        var client = new RawClient(Here);
        client.UseToken(token);
        return client;
    }

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await using var early = As(Provider.Token("early"));
        using (var silent = new TcpListener(IPAddress.Loopback, Provider.Port))
        {
            silent.Start();
            var start = Stopwatch.GetTimestamp();
            // Those behind the first one wait for nothing more than it does.
            var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => early.GetAsync("users/me")));
            WhileSilent = (answers.MaxBy(a => a.Status), Stopwatch.GetElapsedTime(start));
        }
        WhileDown = await early.GetAsync("users/me");
        await Provider.StartAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await Provider.DisposeAsync();
        await base.DisposeAsync();
    }
}
