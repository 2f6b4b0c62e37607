namespace Orleans.Chat.Grains.Tests.Chats;

/// <summary>For what becomes so without an event that tells of it.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(10);

    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(30);

    public static Task BecomesAsync(Func<bool> so) => BecomesAsync(() => Task.FromResult(so()));

    public static async Task BecomesAsync(Func<Task<bool>> so)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Patience);
        while (!await so())
            await Task.Delay(Look, TimeProvider.System, limit.Token);
    }
}
