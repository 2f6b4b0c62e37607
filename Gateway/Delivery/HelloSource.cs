using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Delivery;

/* The first event of a connection. The history's id is asked of the cluster, and kept for a while: it changes only when the database was
 * restored, for which the silos are stopped. */
internal sealed class HelloSource(IClusterCalls calls, ServerConfig config, TimeProvider time)
{
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(5);
    private readonly Lock _lock = new();
    private Task<string>? _history;
    private long _asked;

    public async Task<HelloEvent> MakeAsync(string sessionId) =>
        new(time.GetUtcNow(), sessionId, config.Limits, config.Features, await HistoryAsync());

    private Task<string> HistoryAsync()
    {
        lock (_lock)
        {
            if (_history is null || _history.IsFaulted || time.GetElapsedTime(_asked) > Kept)
                (_history, _asked) = (calls.HistoryIdAsync(), time.GetTimestamp());
            return _history;
        }
    }
}
