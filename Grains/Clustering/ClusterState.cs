using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Grains.Clustering;

/* What this silo knows of its own place in the cluster, and so whether its memory may answer reads.
 *
 * The fence in the database stops stale writes, not stale reads. So memory serves only under a lease: this silo saw its own membership active
 * in the last 3 s, and since the last change of the membership it has compared the epochs of its chats with the database. */
internal sealed partial class ClusterState(
    IClusterMembershipService membership,
    ILocalSiloDetails silo,
    IClusterIncarnation incarnation,
    IChatLog log,
    ActiveChats chats,
    IHostApplicationLifetime application,
    TimeProvider time,
    ILogger<ClusterState> logger
) : BackgroundService
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan MaxMissing = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private long _seenActive = long.MinValue;
    private long _compared = -1;
    private long? _missingSince;

    /// <summary>The view that a take-over is fenced by.</summary>
    public ClusterView View => new(incarnation.Id, membership.CurrentSnapshot.Version.Value);

    /// <summary>Whether this silo's memory may answer without asking the database.</summary>
    public bool LeaseIsFresh =>
        Volatile.Read(ref _seenActive) is var seen
        && seen != long.MinValue
        && time.GetElapsedTime(seen) < Lease
        && Volatile.Read(ref _compared) >= membership.CurrentSnapshot.Version.Value;

    /// <summary>Reads the membership table now: a fenced write is the proof of a stale view.</summary>
    public async Task RefreshAsync()
    {
        try
        {
            await membership.Refresh(default, CancellationToken.None);
        }
        catch (Exception fault)
        {
            Log.RefreshFailed(logger, fault);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            do
            {
                await RenewAsync(stoppingToken);
            } while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The silo stops.
        }
    }

    private async Task RenewAsync(CancellationToken stoppingToken)
    {
        try
        {
            var asked = time.GetTimestamp();
            await membership.Refresh(default, stoppingToken);
            var snapshot = membership.CurrentSnapshot;
            StopWhenForgotten(snapshot);
            if (snapshot.GetSiloStatus(silo.SiloAddress) != SiloStatus.Active)
                return;
            if (snapshot.Version.Value > Volatile.Read(ref _compared))
            {
                var ids = chats.Ids;
                if (ids.Count > 0)
                    chats.Compare(await log.EpochsAsync(ids, stoppingToken));
                Volatile.Write(ref _compared, snapshot.Version.Value);
            }
            Volatile.Write(ref _seenActive, asked);
        }
        catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
        {
            // The lease runs out, and reads ask the database.
            Log.RefreshFailed(logger, fault);
        }
    }

    /// <summary>
    /// A membership store that came back empty knows nothing of this silo, and the next silo would found a second cluster beside it: a silo that
    /// has been missing from the table (not: unable to read it) for 30 s stops.
    /// </summary>
    private void StopWhenForgotten(ClusterMembershipSnapshot snapshot)
    {
        if (snapshot.Members.ContainsKey(silo.SiloAddress))
        {
            _missingSince = null;
            return;
        }
        _missingSince ??= time.GetTimestamp();
        if (time.GetElapsedTime(_missingSince.Value) < MaxMissing)
            return;
        Log.Forgotten(logger);
        application.StopApplication();
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "This silo's place in the cluster could not be confirmed; its memory will not serve reads")]
        public static partial void RefreshFailed(ILogger logger, Exception fault);

        [LoggerMessage(
            2,
            LogLevel.Critical,
            "The membership table has not known this silo for 30 s; it stops rather than split the cluster"
        )]
        public static partial void Forgotten(ILogger logger);
    }
}
