using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Chat.Gateway.Delivery;
using Orleans.Chat.Gateway.Tests.Delivery;
using Orleans.Chat.Gateway.Tests.Http;
using Orleans.Chat.Gateway.Tests.RateLimits;
using Orleans.Chat.Grains.Interfaces.Delivery;

namespace Orleans.Chat.Gateway.Tests.Admission;

/// <summary>A gateway of four connections, three of an address, two of a user; whose clients come by a proxy on loopback.</summary>
public class NarrowPlace : GatewayFixture
{
    protected override IReadOnlyDictionary<string, string?> Settings =>
        new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Gateway:KnownProxies:0"] = "127.0.0.1",
            ["Admission:MaxConnections"] = "4",
            ["Admission:MaxConnectionsPerAddress"] = "3",
            ["Admission:MaxConnectionsPerUser"] = "2",
            ["Admission:MaxHeaderBytes"] = "4096",
            ["Admission:MaxHeaders"] = "20",
            ["Admission:HeaderSeconds"] = "1",
            ["Admission:HandshakeSeconds"] = "0.5",
        };

    private long _heard;

    // One silo, whose events come: otherwise it would not be ready anyway.
    protected override void Replace(IServiceCollection services) => services.AddSingleton<IClusterCalls>(new FakeCalls());

    public async Task<int> ReadyAsync()
    {
        Services.GetRequiredService<Sources>().Observe(new GatewayItem("silo", ++_heard, new Heartbeat()), out _);
        using var http = new HttpClient { BaseAddress = Address };
        using var answer = await http.GetAsync(new Uri("/health/ready", UriKind.Relative), TestContext.Current.CancellationToken);
        return (int)answer.StatusCode;
    }

    public HubConnection Make(string? user = null, string? from = null, HttpTransportType transport = HttpTransportType.WebSockets) =>
        new HubConnectionBuilder()
            .WithUrl(
                new Uri(Address, "/hubs/chat"),
                o =>
                {
                    o.Transports = transport;
                    o.SkipNegotiation = transport == HttpTransportType.WebSockets;
                    var token = TokenFor(user ?? LimitedPlace.NewUser());
                    o.AccessTokenProvider = () => Task.FromResult<string?>(token);
                    o.Headers["X-Forwarded-For"] = from ?? LimitedPlace.NewAddress();
                }
            )
            .Build();

    public async Task<HubConnection> ConnectAsync(
        string? user = null,
        string? from = null,
        HttpTransportType transport = HttpTransportType.WebSockets
    )
    {
        var connection = Make(user, from, transport);
        await connection.StartAsync(TestContext.Current.CancellationToken);
        return connection;
    }
}
