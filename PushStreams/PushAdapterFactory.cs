using Orleans.Streams;

namespace Orleans.Chat.PushStreams;

/* The parts that the pulling agents of Orleans ask for. Each silo is its own and only queue: what a silo's grains publish is delivered by that silo's
 * agent, so an event takes one hop, and the order in which one grain publishes is the order of delivery. A client has no queue. */
internal sealed class PushAdapterFactory(string name, PushQueue? queue)
    : IQueueAdapterFactory,
        IQueueAdapter,
        IQueueAdapterCache,
        IStreamQueueMapper
{
    private static readonly QueueId NoQueue = QueueId.GetQueueId("push-client", 0, 0);

    public string Name => name;

    /// <summary>Tokens of several silos cannot be compared, so nobody rewinds.</summary>
    public bool IsRewindable => false;

    public StreamProviderDirection Direction => queue is null ? StreamProviderDirection.ReadOnly : StreamProviderDirection.ReadWrite;

    public Task<IQueueAdapter> CreateAdapter() => Task.FromResult<IQueueAdapter>(this);

    public IQueueAdapterCache GetQueueAdapterCache() => this;

    public IStreamQueueMapper GetStreamQueueMapper() => this;

    public Task<IStreamFailureHandler> GetDeliveryFailureHandler(QueueId queueId) =>
        Task.FromResult<IStreamFailureHandler>(new NoOpStreamDeliveryFailureHandler(faultOnError: false));

    public IEnumerable<QueueId> GetAllQueues() => queue is null ? [] : [queue.Id];

    public QueueId GetQueueForStream(StreamId streamId) => queue?.Id ?? NoQueue;

    public IQueueAdapterReceiver CreateReceiver(QueueId queueId) => Queue;

    public IQueueCache CreateQueueCache(QueueId queueId) => new PushCache(Queue);

    public Task QueueMessageBatchAsync<T>(
        StreamId streamId,
        IEnumerable<T> events,
        StreamSequenceToken? token,
        Dictionary<string, object>? requestContext
    )
    {
        Queue.Publish(streamId, events);
        return Task.CompletedTask;
    }

    private PushQueue Queue =>
        queue ?? throw new NotSupportedException("A client subscribes to push streams; only grains publish on them.");
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
