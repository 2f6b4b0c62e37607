using Microsoft.Extensions.Time.Testing;

namespace Orleans.Chat.Client.Tests;

internal static class Clock
{
    /// <summary>
    /// Moves the clock until the task ends: work that waits on it may first have to get there, on threads that no test can see.
    /// </summary>
    public static async Task AdvanceUntilAsync(FakeTimeProvider time, Task task, TimeSpan? step = null)
    {
        // Longer than what is waited for has patience itself: it knows better what was missing.
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        while (!task.IsCompleted)
        {
            if (limit.IsCancellationRequested)
                throw new TimeoutException("Not in time, though the clock was moved.");
            time.Advance(step ?? TimeSpan.FromMilliseconds(100));
            await Task.WhenAny(task, Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, CancellationToken.None));
        }
        await task;
    }

    /// <summary>Waits, in real time, for what other threads bring about.</summary>
    public static Task UntilAsync(Func<bool> condition, string what, TimeSpan? patience = null) =>
        UntilAsync(() => Task.FromResult(condition()), what, patience);

    /// <summary>Waits, in real time, for what a server comes to answer.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition, string what, TimeSpan? patience = null)
    {
        using var limit = new CancellationTokenSource(patience ?? TimeSpan.FromSeconds(20));
        while (!await condition())
        {
            if (limit.IsCancellationRequested)
                throw new TimeoutException("Not in time: " + what);
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, CancellationToken.None);
        }
    }
}
