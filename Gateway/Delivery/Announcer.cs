using System.Threading.Channels;
using Microsoft.Extensions.Options;

namespace Orleans.Chat.Gateway.Delivery;

/* Tells session grains who is here, whole: when they ask, when the cluster changed under them, and when a single call about a
 * connection failed. What is asked is answered at once; what we tell on our own is spread over seconds. */
internal sealed partial class Announcer(
    ConnectionTable connections,
    SessionLanes lanes,
    IClusterCalls calls,
    IOptions<DeliveryOptions> options,
    TimeProvider time,
    ILogger<Announcer> logger
) : BackgroundService
{
    private const int Parallel = 32;
    private const int MaxAttempts = 6;
    private readonly Channel<(string User, int Attempt)> _asked = Channel.CreateUnbounded<(string, int)>();
    private readonly Channel<bool> _all = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    /// <summary>Answers for these users soon.</summary>
    public void Answer(IEnumerable<string> users)
    {
        foreach (var user in users)
            _asked.Writer.TryWrite((user, 0));
    }

    /// <summary>Announces everybody again.</summary>
    public void AnnounceAll() => _all.Writer.TryWrite(true);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll([
            RunAsync(SpreadAsync, stoppingToken),
            .. Enumerable.Range(0, Parallel).Select(_ => RunAsync(AnswerAsync, stoppingToken)),
        ]);

    private static async Task RunAsync(Func<CancellationToken, Task> loop, CancellationToken stoppingToken)
    {
        try
        {
            await loop(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The gateway stops.
        }
    }

    private async Task AnswerAsync(CancellationToken stoppingToken)
    {
        await foreach (var (user, attempt) in _asked.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                await lanes.RunAsync(user, () => calls.AnnounceAsync(user, connections.Describe(user)));
            }
            catch (Exception fault)
            {
                Log.Failed(logger, fault.GetType().Name);
                if (attempt < MaxAttempts)
                    _ = AgainAsync(user, attempt + 1, stoppingToken);
            }
        }
    }

    private async Task AgainAsync(string user, int attempt, CancellationToken stoppingToken)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(500 << Math.Min(attempt, 5)), time, stoppingToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _asked.Writer.TryWrite((user, attempt));
    }

    private async Task SpreadAsync(CancellationToken stoppingToken)
    {
        const int Steps = 20;
        await foreach (var _ in _all.Reader.ReadAllAsync(stoppingToken))
        {
            var users = connections.Users();
            foreach (var part in users.Chunk(Math.Max(1, (users.Length + Steps - 1) / Steps)))
            {
                Answer(part);
                await Task.Delay(TimeSpan.FromSeconds(options.Value.SpreadSeconds) / Steps, time, stoppingToken);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "A session could not be told who is here ({Fault}); it is tried again")]
        public static partial void Failed(ILogger logger, string fault);
    }
}
