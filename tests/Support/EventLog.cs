using System.Text.Json;

namespace Orleans.Chat.Support;

/// <summary>What a connection was pushed, in its order; tests wait for what they expect and never sleep.</summary>
public sealed class EventLog
{
    private readonly Lock _lock = new();
    private readonly List<JsonElement> _events = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>All so far.</summary>
    public IReadOnlyList<JsonElement> All
    {
        get
        {
            lock (_lock)
                return [.. _events];
        }
    }

    /// <summary>Those of one type so far.</summary>
    public IReadOnlyList<JsonElement> OfType(string type) => [.. All.Where(pushed => TypeOf(pushed) == type)];

    /// <summary>Adds the argument of one <c>Events</c> push.</summary>
    public void Add(JsonElement events)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            _events.AddRange(events.EnumerateArray());
            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        changed.TrySetResult();
    }

    /// <summary>The first event, past or to come, that fits.</summary>
    /// <exception cref="TimeoutException">None came in time; the message lists what did.</exception>
    public async Task<JsonElement> WaitForAsync(
        Func<JsonElement, bool> predicate,
        TimeSpan? timeout = null,
        CancellationToken cancellationToken = default
    )
    {
        var found = await WaitUntilAsync(events => events.Any(predicate), timeout, cancellationToken);
        return found.First(predicate);
    }

    /// <summary>The first event of a type, of a chat if one is given.</summary>
    /// <exception cref="TimeoutException">None came in time; the message lists what did.</exception>
    public Task<JsonElement> WaitForTypeAsync(
        string type,
        string? chatId = null,
        TimeSpan? timeout = null,
        CancellationToken cancellationToken = default
    ) =>
        WaitForAsync(
            pushed =>
                TypeOf(pushed) == type
                && (chatId is null || (pushed.TryGetProperty("chat_id", out var chat) && chat.GetString() == chatId)),
            timeout,
            cancellationToken
        );

    /// <summary>Waits until all events so far are as they should be, and gives them.</summary>
    /// <exception cref="TimeoutException">They did not become so in time; the message lists what came.</exception>
    public async Task<IReadOnlyList<JsonElement>> WaitUntilAsync(
        Func<IReadOnlyList<JsonElement>, bool> predicate,
        TimeSpan? timeout = null,
        CancellationToken cancellationToken = default
    )
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout ?? TimeSpan.FromSeconds(10));
        while (true)
        {
            Task changed;
            IReadOnlyList<JsonElement> now;
            lock (_lock)
                (changed, now) = (_changed.Task, [.. _events]);
            if (predicate(now))
                return now;
            try
            {
                await changed.WaitAsync(limit.Token);
            }
            catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
            {
                throw new TimeoutException(
                    $"Not seen in time; there were {now.Count} events:\n{string.Join('\n', now.TakeLast(30).Select(pushed => pushed.GetRawText()))}",
                    e
                );
            }
        }
    }

    /// <summary>The <c>type</c> of an event.</summary>
    public static string? TypeOf(JsonElement pushed) => pushed.TryGetProperty("type", out var type) ? type.GetString() : null;
}
