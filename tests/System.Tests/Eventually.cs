namespace Orleans.Chat.SystemTests;

/// <summary>Waiting for what other processes do, where nothing tells of it.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    /// <summary>Looks again and again until it holds.</summary>
    /// <exception cref="TimeoutException">It did not in time.</exception>
    public static async Task HoldsAsync(string what, TimeSpan within, Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(within, TimeProvider.System);
        using var timer = new PeriodicTimer(Look, TimeProvider.System);
        while (!await condition())
        {
            if (limit.IsCancellationRequested)
                throw new TimeoutException($"Not within {within.TotalSeconds:0} s: {what}.");
            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }
}
