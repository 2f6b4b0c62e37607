using Orleans.Chat.Support;

namespace Orleans.Chat.SystemTests;

/// <summary>Sends into one chat until it is stopped, one message after the other, so that what was sent and its order are known exactly.</summary>
internal sealed class SteadySender : IAsyncDisposable
{
    // Some 100 a second: a fault meets sends on their way, and a fault of ten seconds does not mean ten thousand events to compare.
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(10);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private volatile string[] _sent = [];

    public SteadySender(RawHub hub, string chat) => _running = RunAsync(hub, chat);

    /// <summary>The contents that were accepted so far, in the order of sending.</summary>
    public IReadOnlyList<string> Sent => _sent;

    /// <summary>Waits until so many more were accepted.</summary>
    public Task MoreAsync(int count)
    {
        var goal = _sent.Length + count;
        return Eventually.HoldsAsync(
            $"{count} more messages are accepted",
            TimeSpan.FromSeconds(60),
            () => _running.IsFaulted ? FailedAsync() : Task.FromResult(_sent.Length >= goal)
        );
    }

    /// <summary>Ends after the send that is on its way; gives all that was sent.</summary>
    public async Task<string[]> StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
        return _sent;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task<bool> FailedAsync()
    {
        await _running;
        return false;
    }

    private async Task RunAsync(RawHub hub, string chat)
    {
        using var pace = new PeriodicTimer(Pace, TimeProvider.System);
        for (var i = 0; !_stop.IsCancellationRequested; i++)
        {
            var sent = await hub.SendPatientlyAsync(chat, $"m{i}");
            _sent = [.. _sent, sent.Content];
            await pace.WaitForNextTickAsync();
        }
    }
}
