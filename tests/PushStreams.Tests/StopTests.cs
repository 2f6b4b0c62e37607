using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.TestingHost;

namespace Orleans.Chat.PushStreams.Tests;

public sealed class StopTests
{
    // What the manager of the agents logs when all of them have ended. One that does not end is cut off by the host, in silence.
    private const int AgentsStopped = 103_520;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_silo_whose_agent_waits_for_events_stops_without_a_complaint()
    {
        using var log = new StreamComplaints();
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSilo(
            (_, silo) =>
            {
                silo.Services.AddSingleton<ILoggerProvider>(log);
                silo.AddMemoryGrainStorage("PubSubStore");
                // So long that only the stop can end the agent's wait.
                silo.AddPushStreams("stopping", o => o.MaxEventDeliveryTime = TimeSpan.FromHours(1));
            }
        );
        builder.ConfigureClient(client => client.AddPushStreams("stopping"));
        await using var cluster = builder.Build();
        await cluster.DeployAsync(Ct);
        var inbox = new Inbox();
        await cluster.Client.GetStreamProvider("stopping").GetStream<Numbered>(Publishing.IdOf("stop")).SubscribeAsync(inbox);
        await cluster.Client.GetGrain<IPublisherGrain>("stop").Publish("stopping", "stop", 0, 100);
        await inbox.WaitAsync(100);

        await cluster.StopSiloAsync(cluster.Silos[0], Ct).WaitAsync(TimeSpan.FromSeconds(60), Ct);

        log.Heard.ShouldContain(AgentsStopped);
        log.Complaints.ShouldBeEmpty();
    }

    private sealed class StreamComplaints : ILoggerProvider
    {
        public ConcurrentQueue<int> Heard { get; } = new();

        public ConcurrentQueue<string> Complaints { get; } = new();

        public ILogger CreateLogger(string categoryName) => new Listener(this, categoryName.Contains("Stream", StringComparison.Ordinal));

        public void Dispose()
        {
            // Nothing is held.
        }

        private sealed class Listener(StreamComplaints owner, bool ofStreams) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => ofStreams && logLevel >= LogLevel.Information;

            public void Log<TState>(
                LogLevel logLevel,
                EventId eventId,
                TState state,
                Exception? exception,
                Func<TState, Exception?, string> formatter
            )
            {
                if (!IsEnabled(logLevel))
                    return;
                owner.Heard.Enqueue(eventId.Id);
                if (logLevel >= LogLevel.Warning)
                    owner.Complaints.Enqueue($"{logLevel} {formatter(state, exception)} {exception?.GetType().Name}");
            }
        }
    }
}
