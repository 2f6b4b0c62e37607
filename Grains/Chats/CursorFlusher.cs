using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Grains.Chats;

/* Cursors of all chats of this silo on their way to the store, gathered: the newest of each member goes, many members in one statement. What cannot be
 * written stays and goes with the next; the number of members bounds it. */
internal sealed partial class CursorFlusher(
    IMemberStore store,
    IOptions<ChatOptions> options,
    TimeProvider time,
    ILogger<CursorFlusher> logger
) : BackgroundService
{
    private const int MaxRows = 1_000;
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _one = new(1, 1);
    private Dictionary<(string Chat, string User), CursorStep> _steps = [];

    public void Add(CursorStep step)
    {
        lock (_lock)
            _steps[(step.ChatId, step.UserId)] = step;
    }

    /// <summary>Writes what was added before this call.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            Dictionary<(string Chat, string User), CursorStep> steps;
            lock (_lock)
            {
                if (_steps.Count == 0)
                    return;
                (steps, _steps) = (_steps, []);
            }
            foreach (var rows in steps.Values.Chunk(MaxRows))
                await WriteAsync(rows, cancellationToken);
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task WriteAsync(CursorStep[] rows, CancellationToken cancellationToken)
    {
        try
        {
            await store.FlushCursorsAsync(rows, cancellationToken);
        }
        catch (Exception fault)
        {
            Log.FlushFailed(logger, rows.Length, fault);
            lock (_lock)
            {
                foreach (var row in rows)
                    _steps.TryAdd((row.ChatId, row.UserId), row);
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(options.Value.GatherMs), time);
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

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await FlushAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The host waits no longer. A cursor that is lost moves with the member's next one, as after a crash.
        }
    }

    public override void Dispose()
    {
        _one.Dispose();
        base.Dispose();
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{Count} cursors could not be written; they go with the next")]
        public static partial void FlushFailed(ILogger logger, int count, Exception fault);
    }
}
