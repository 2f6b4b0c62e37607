using Orleans.Streams;

namespace Orleans.Chat.PushStreams;

/* The agent awaits GetQueueMessagesAsync, so waiting there for the channel is what makes this push and not poll. A stop cancels the wait,
 * which ends as an empty read: an exception would be logged as an error at every stop. */
internal sealed class PushReceiver(PushQueue queue) : IQueueAdapterReceiver, IDisposable
{
    private readonly CancellationTokenSource _stopped = new();

    public Task Initialize(TimeSpan timeout) => Task.CompletedTask;

    public Task<IList<IBatchContainer>> GetQueueMessagesAsync(int maxCount) => GetQueueMessagesAsync(maxCount, CancellationToken.None);

    public async Task<IList<IBatchContainer>> GetQueueMessagesAsync(int maxCount, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopped.Token);
        try
        {
            return await queue.ReadAsync(maxCount, stop.Token);
        }
        catch (OperationCanceledException)
        {
            return [];
        }
    }

    public Task MessagesDeliveredAsync(IList<IBatchContainer> messages) => Task.CompletedTask;

    public Task Shutdown(TimeSpan timeout) => _stopped.CancelAsync();

    public void Dispose() => _stopped.Dispose();
}
