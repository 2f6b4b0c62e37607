using Orleans.Streams;

namespace Orleans.Chat.PushStreams;

/* The parts that Orleans asks for. Each silo is its own and only queue: what a silo's grains publish is delivered by that silo's agent, so
 * an event takes one hop, and the order in which one grain publishes is the order of delivery. A client has no queue. */
internal sealed class PushAdapterFactory(string name, PushQueue? queue)
    : IQueueAdapterFactory,
        IQueueAdapter,
        IQueueAdapterCache,
        IStreamQueueMapper
{
    private static readonly QueueId NoQueue = QueueId.GetQueueId("push-client", 0, 0);

    public string Name => name;

    // Tokens of several silos cannot be compared, so nobody rewinds; that is also what lets all silos feed one subscription.
    public bool IsRewindable => false;

    public StreamProviderDirection Direction => StreamProviderDirection.ReadWrite;

    public Task<IQueueAdapter> CreateAdapter() => Task.FromResult<IQueueAdapter>(this);

    public IQueueAdapterCache GetQueueAdapterCache() => this;

    public IStreamQueueMapper GetStreamQueueMapper() => this;

    // Not faulting: a subscriber that failed keeps its subscription, and others do not notice.
    public Task<IStreamFailureHandler> GetDeliveryFailureHandler(QueueId queueId) =>
        Task.FromResult<IStreamFailureHandler>(new NoOpStreamDeliveryFailureHandler(faultOnError: false));

    public IEnumerable<QueueId> GetAllQueues() => queue is null ? [] : [queue.Id];

    public QueueId GetQueueForStream(StreamId streamId) => queue?.Id ?? NoQueue;

    public IQueueAdapterReceiver CreateReceiver(QueueId queueId) => new PushReceiver(queue ?? throw OnlySilos());

    public IQueueCache CreateQueueCache(QueueId queueId) => new PushCache(queue ?? throw OnlySilos());

    public Task QueueMessageBatchAsync<T>(
        StreamId streamId,
        IEnumerable<T> events,
        StreamSequenceToken? token,
        Dictionary<string, object>? requestContext
    )
    {
        if (queue is null)
            return Task.FromException(OnlySilos());
        queue.Publish(streamId, events);
        return Task.CompletedTask;
    }

    private NotSupportedException OnlySilos() =>
        new($"A client subscribes to the push streams of '{name}' and cannot publish: only a silo has a queue. Let a grain publish.");
}

/// <summary>Each silo reads its own queue and no other.</summary>
internal sealed class LocalQueueBalancer : IStreamQueueBalancer
{
    private QueueId[] _queues = [];

    public Task Initialize(IStreamQueueMapper queueMapper)
    {
        _queues = [.. queueMapper.GetAllQueues()];
        return Task.CompletedTask;
    }

    public IEnumerable<QueueId> GetMyQueues() => _queues;

    public Task Shutdown() => Task.CompletedTask;

    public bool SubscribeToQueueDistributionChangeEvents(IStreamQueueBalanceListener observer) => true;

    public bool UnSubscribeFromQueueDistributionChangeEvents(IStreamQueueBalanceListener observer) => true;
}
