using System.Runtime.InteropServices;

namespace Orleans.Chat.Gateway.Delivery;

/* Calls about one user, one after the other: a whole answer that was composed before a connection came must not arrive after the call
 * that tells of it. Calls of different users do not wait for each other. */
internal sealed class SessionLanes
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Task> _last = new(StringComparer.Ordinal);

    public async Task RunAsync(string userId, Func<Task> call)
    {
        var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task before;
        lock (_lock)
        {
            ref var last = ref CollectionsMarshal.GetValueRefOrAddDefault(_last, userId, out _);
            before = last ?? Task.CompletedTask;
            last = mine.Task;
        }
        try
        {
            await before;
            await call();
        }
        finally
        {
            lock (_lock)
            {
                if (_last[userId] == mine.Task)
                    _last.Remove(userId);
            }
            mine.SetResult();
        }
    }
}
