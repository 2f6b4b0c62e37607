using System.Runtime.CompilerServices;
using Xunit;

namespace Orleans.Chat.Support;

/// <summary>For what becomes so without an event that tells of it: looks again and again.</summary>
public static class Eventually
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(10);

    /// <summary>How long is waited where nothing else is said.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(30);

    /// <summary>Looks until it holds.</summary>
    /// <exception cref="TimeoutException">It did not in time.</exception>
    public static Task HoldsAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "") =>
        HoldsAsync(what, Patience, () => Task.FromResult(condition()));

    /// <inheritdoc cref="HoldsAsync(Func{bool}, string)"/>
    public static Task HoldsAsync(Func<Task<bool>> condition, [CallerArgumentExpression(nameof(condition))] string what = "") =>
        HoldsAsync(what, Patience, condition);

    /// <inheritdoc cref="HoldsAsync(Func{bool}, string)"/>
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
