namespace Orleans.Chat.Gateway.Delivery;

/* Fills holes: one pull at a time for a chat, a bounded number for the gateway, again and again with growing pauses while a silo is
 * away, since whoever asked the chat itself would fare no better. Only a chat that answers that it cannot be pulled is given up, and
 * its members here are told to synchronise. */
internal sealed partial class Pulls : IDisposable
{
    private const int MaxFruitless = 5;
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);
    private readonly ChatTable _chats;
    private readonly SyncCalls _sync;
    private readonly IClusterCalls _calls;
    private readonly DeliveryOptions _options;
    private readonly DeliveryMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger<Pulls> _logger;
    private readonly SemaphoreSlim _places;
    private readonly CancellationTokenSource _stop = new();

    public Pulls(
        ChatTable chats,
        SyncCalls sync,
        IClusterCalls calls,
        Microsoft.Extensions.Options.IOptions<DeliveryOptions> options,
        DeliveryMetrics metrics,
        TimeProvider time,
        ILogger<Pulls> logger
    )
    {
        (_chats, _sync, _calls, _options) = (chats, sync, calls, options.Value);
        (_metrics, _time, _logger) = (metrics, time, logger);
        _places = new SemaphoreSlim(_options.ParallelPulls);
        chats.PullNeeded = chatId => _ = PullAsync(chatId);
    }

    /// <summary>No more pulls: the host stops.</summary>
    public void Stop() => _stop.Cancel();

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
        _places.Dispose();
    }

    private async Task PullAsync(string chatId)
    {
        try
        {
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Max(1, _options.HoleGraceMs)), _time, _stop.Token);
            var failures = 0;
            var fruitless = 0;
            while (_chats.NextPull(chatId) is { } after)
            {
                switch (await PageAsync(chatId, after))
                {
                    case Result.Applied:
                        (failures, fruitless) = (0, 0);
                        continue;
                    case Result.Nothing when ++fruitless < MaxFruitless:
                    case Result.Failed:
                        await PauseAsync(failures++);
                        continue;
                    default:
                        Log.GivenUp(_logger, chatId);
                        _sync.Tell(_chats.Abandon(chatId));
                        return;
                }
            }
        }
        catch (Exception) when (_stop.IsCancellationRequested)
        {
            // The gateway stops.
        }
    }

    private async Task<Result> PageAsync(string chatId, long after)
    {
        await _places.WaitAsync(_stop.Token);
        try
        {
            var outcome = await _calls.PullAsync(chatId, after, _options.PullPage);
            _metrics.Pulled();
            if (outcome.Problem is { } problem)
                return problem.Retry || problem.Status >= 500 ? Result.Failed : Result.Gone;
            var page = outcome.Value!;
            if (page.Entries.Length > 0 && page.Entries[^1].Revision > after)
            {
                _chats.Deliver(page with { PublishedAtMs = 0 });
                return Result.Applied;
            }
            if (page.Head > after)
                return Result.Nothing;
            _chats.Settle(chatId, page.Head);
            return page.Head == after ? Result.Applied : Result.Nothing;
        }
        catch (Exception fault) when (!_stop.IsCancellationRequested)
        {
            _metrics.PullFailed();
            Log.PullFailed(_logger, chatId, fault.GetType().Name);
            return Result.Failed;
        }
        finally
        {
            _places.Release();
        }
    }

    private Task PauseAsync(int failures)
    {
        var longest = TimeSpan.FromMilliseconds(100) * Math.Pow(2, Math.Min(failures, 6));
        return Task.Delay((longest < LongestPause ? longest : LongestPause) * _sync.Random(0.5, 1), _time, _stop.Token);
    }

    private enum Result
    {
        Applied,
        Nothing,
        Failed,
        Gone,
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Chat {Chat} could not be pulled ({Fault}); it is tried again")]
        public static partial void PullFailed(ILogger logger, string chat, string fault);

        [LoggerMessage(2, LogLevel.Warning, "Chat {Chat} cannot be pulled; its members here are told to synchronise")]
        public static partial void GivenUp(ILogger logger, string chat);
    }
}
