using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Grains.Chats;

/* Cursors of all chats of this silo on their way to the store, gathered: the newest of each member goes, many members in one statement. What cannot be
 * written stays and goes with the next; the number of members bounds it.
 *
 * The chats have gathered already, so here it is only a tenth of that time. */
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
    private Gathered _gathered = new();

    /// <summary>Completes when they are written, or newer ones of the same members are.</summary>
    public Task Add(IReadOnlyCollection<CursorStep> steps)
    {
        lock (_lock)
        {
            foreach (var step in steps)
                _gathered.Steps[(step.ChatId, step.UserId)] = step;
            return _gathered.Written.Task;
        }
    }

    /// <summary>Writes what was added before this call.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            Gathered now;
            lock (_lock)
            {
                if (_gathered.Steps.Count == 0)
                    return;
                (now, _gathered) = (_gathered, new Gathered());
            }
            var next = Task.CompletedTask;
            foreach (var rows in now.Steps.Values.Chunk(MaxRows))
            {
                if (!await WriteAsync(rows, cancellationToken))
                    next = AddAgain(rows);
            }
            if (next.IsCompleted)
                now.Written.SetResult();
            else
                WithAsync(now, next).Ignore();
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task<bool> WriteAsync(CursorStep[] rows, CancellationToken cancellationToken)
    {
        try
        {
            await store.FlushCursorsAsync(rows, cancellationToken);
            return true;
        }
        catch (Exception fault)
        {
            Log.FlushFailed(logger, rows.Length, fault);
            return false;
        }
    }

    /// <summary>What was added meanwhile is newer.</summary>
    private Task AddAgain(CursorStep[] rows)
    {
        lock (_lock)
        {
            foreach (var row in rows)
                _gathered.Steps.TryAdd((row.ChatId, row.UserId), row);
            return _gathered.Written.Task;
        }
    }

    private static async Task WithAsync(Gathered gathered, Task next)
    {
        await next;
        gathered.Written.SetResult();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(Math.Max(1, options.Value.GatherMs / 10)), time);
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

    /// <summary>What goes to the store together.</summary>
    private sealed class Gathered
    {
        public Dictionary<(string Chat, string User), CursorStep> Steps { get; } = [];

        public TaskCompletionSource Written { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{Count} cursors could not be written; they go with the next")]
        public static partial void FlushFailed(ILogger logger, int count, Exception fault);
    }
}
