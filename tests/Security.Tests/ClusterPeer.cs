using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Chat.Silo;
using Orleans.Chat.Support;
using Orleans.Configuration;

namespace Orleans.Chat.Security.Tests;

/// <summary>A silo, or a client of one, in the test's process, with nothing but its place in the cluster.</summary>
internal sealed class ClusterPeer : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly Lines _lines;

    private ClusterPeer(IHost host, Lines lines) => (_host, _lines) = (host, lines);

    /// <summary>All that it logged.</summary>
    public IEnumerable<string> Log => _lines.All;

    /// <summary>As the process is built, but for what is stored.</summary>
    public static Task<ClusterPeer> StartSiloAsync(int siloPort, int gatewayPort, params IEnumerable<(string Name, string Value)> tls) =>
        StartAsync(
            [("Cluster:Membership", "Localhost"), ("Cluster:SiloPort", $"{siloPort}"), ("Cluster:GatewayPort", $"{gatewayPort}"), .. tls],
            builder => builder.UseOrleans(silo => silo.UseChatClustering(builder.Configuration))
        );

    /// <summary>Fails when the silo and it do not take each other.</summary>
    public static Task<ClusterPeer> StartClientAsync(int gatewayPort, params IEnumerable<(string Name, string Value)> tls) =>
        StartAsync(
            tls,
            builder =>
                builder.UseOrleansClient(client =>
                {
                    client.UseLocalhostClustering(gatewayPort, "orleans-chat", "orleans-chat");
                    if (client.Services.AddClusterTls(builder.Configuration))
                        client
                            .Services.AddOptions<ClientConnectionOptions>()
                            .Configure<PeerTls>((o, peer) => o.ConfigureConnection(peer.Connect));
                })
        );

    /// <summary>The section <c>Cluster:Tls</c> of a peer with these files.</summary>
    public static (string, string)[] Tls(TestCertificate files, string peerName = "") =>
        [
            ("Cluster:Tls:CertificatePath", files.CertificatePath),
            ("Cluster:Tls:KeyPath", files.KeyPath),
            ("Cluster:Tls:AuthorityPath", files.AuthorityPath),
            ("Cluster:Tls:PeerName", peerName),
        ];

    public async ValueTask DisposeAsync()
    {
        // At once: there is nothing to hand over.
        await _host.StopAsync(new CancellationToken(canceled: true));
        _host.Dispose();
    }

    private static async Task<ClusterPeer> StartAsync(IEnumerable<(string Name, string Value)> settings, Action<HostApplicationBuilder> add)
    {
        var lines = new Lines();
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Name, (string?)s.Value)));
        builder.Logging.AddProvider(lines).SetMinimumLevel(LogLevel.Information);
        add(builder);
        var host = builder.Build();
        try
        {
            await host.StartAsync(lines.Failed);
            return new ClusterPeer(host, lines);
        }
        catch (Exception e)
        {
            host.Dispose();
            throw new PeerRefusedException(e, [.. lines.All]);
        }
    }

    private sealed class Lines : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<string> _all = new();
        private readonly CancellationTokenSource _failed = new();

        /// <summary>Orleans tries again for ever: the first time that it did not get through is enough.</summary>
        public CancellationToken Failed => _failed.Token;

        public IEnumerable<string> All => _all;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            var line = formatter(state, exception);
            _all.Enqueue(line);
            if (
                line.StartsWith("Connection attempt to endpoint", StringComparison.Ordinal)
                && line.EndsWith("failed", StringComparison.Ordinal)
            )
                _ = _failed.CancelAsync();
        }

        public void Dispose() => _failed.Dispose();
    }
}

/// <summary>A peer did not start; with what it logged until then.</summary>
#pragma warning disable CA1032 // Made in one place.
internal sealed class PeerRefusedException(Exception cause, string[] log) : Exception(cause.Message, cause)
#pragma warning restore CA1032
{
    public string[] Log { get; } = log;
}
