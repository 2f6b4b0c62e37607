using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Chat.Storage.Users;

namespace Orleans.Chat.Grains.Presence;

/* When the users of this silo's presences were last seen, on its way to the store, gathered: when a proxy ends thousands of connections it is a few
 * statements, and not a commit for each. What cannot be written stays and goes with the next; the number of users bounds it. */
internal sealed partial class LastSeenFlusher(IAccountStore accounts, TimeProvider time, ILogger<LastSeenFlusher> logger)
    : BackgroundService
{
    private const int MaxRows = 1_000;
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _seen = new(StringComparer.Ordinal);

    public void Left(string userId, DateTimeOffset at) => _seen[userId] = at;

    /// <summary>Seen until it leaves again, so what is not yet written need not be.</summary>
    public void Returned(string userId) => _seen.TryRemove(userId, out _);

    /// <summary>Writes what there is.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        foreach (var rows in _seen.ToArray().Chunk(MaxRows))
        {
            try
            {
                await accounts.SetLastSeenAsync(rows, cancellationToken);
            }
            catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
            {
                Log.FlushFailed(logger, rows.Length, fault);
                return;
            }
            // Who left again meanwhile has another time, which stays.
            foreach (var row in rows)
                _seen.TryRemove(row);
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await FlushAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The host waits no longer: lost, as when the silo dies.
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await FlushAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The silo stops; StopAsync writes the rest.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "When {Users} users were last seen could not be written; they go with the next")]
        public static partial void FlushFailed(ILogger logger, int users, Exception fault);
    }
}
