using System.Threading.Channels;
using Microsoft.Extensions.Options;
using Orleans.Chat.Grains.Interfaces.Chats;

namespace Orleans.Chat.Gateway.Delivery;

/* After anything that may have lost events: reads where the chats of all users here stand, in batches with pauses between them, and has
 * what differs pulled. Clients are told to synchronise themselves only where that cannot mend it. */
internal sealed partial class Resync(
    ConnectionTable connections,
    ChatTable chats,
    PresenceWatches watches,
    SyncCalls sync,
    IClusterCalls calls,
    IOptions<DeliveryOptions> options,
    DeliveryMetrics metrics,
    TimeProvider time,
    ILogger<Resync> logger
) : BackgroundService
{
    private const int Attempts = 5;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private readonly Channel<bool> _wanted = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    /// <summary>Resynchronises soon; what is asked while it goes on is done once more after it.</summary>
    public void Request() => _wanted.Writer.TryWrite(true);

    internal async Task RunOnceAsync(CancellationToken stoppingToken)
    {
        metrics.Resynced();
        foreach (var users in connections.Users().Chunk(options.Value.UsersPerRead * 2))
        {
            if (await ReadAsync(users, stoppingToken) is { } read)
                sync.Tell(chats.Compare(users, read));
            else
                sync.Tell(users);
            await Task.Delay(Pause, time, stoppingToken);
        }
        watches.MayBeLost();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await foreach (var _ in _wanted.Reader.ReadAllAsync(stoppingToken))
                await RunOnceAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The gateway stops.
        }
    }

    private async Task<Membership[]?> ReadAsync(string[] users, CancellationToken stoppingToken)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            try
            {
                return await calls.MembershipsAsync(users);
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
            {
                Log.ReadFailed(logger, users.Length, fault.GetType().Name);
            }
            await Task.Delay(TimeSpan.FromMilliseconds(500 << attempt) * sync.Random(0.5, 1), time, stoppingToken);
        }
        return null;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The chats of {Users} users could not be read ({Fault})")]
        public static partial void ReadFailed(ILogger logger, int users, string fault);
    }
}
