using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Providers.Streams.Common;
using Orleans.Streams;

namespace Orleans.Chat.PushStreams;

/* A silo's queue. Each stream has its own backlog, and the channel holds which streams have something, each at most once: so its length is
 * bounded by the number of streams, a full backlog hurts only its own stream, and the receiver merges what queued meanwhile into one batch.
 *
 * The agent awaits GetQueueMessagesAsync, so waiting there for the channel is what makes this push and not poll. */
internal sealed class PushQueue : IQueueAdapterReceiver, IDisposable
{
    private static readonly Meter Meter = new("Orleans.Chat.PushStreams");
    private static readonly Counter<long> Published = Meter.CreateCounter<long>("orleans_chat_stream_published");
    private static readonly Counter<long> Dropped = Meter.CreateCounter<long>("orleans_chat_stream_dropped");

    private readonly ConcurrentDictionary<StreamId, StreamBacklog> _streams = new();
    private readonly Channel<StreamBacklog> _ready = Channel.CreateUnbounded<StreamBacklog>(
        new UnboundedChannelOptions { SingleReader = true }
    );
    private readonly CancellationTokenSource _stopped = new();
    private readonly IPushStreamInterceptor? _interceptor;
    private readonly PushStreamOptions _options;
    private long _sequence;

    public PushQueue(string name, ILocalSiloDetails silo, IOptionsMonitor<PushStreamOptions> options, IServiceProvider services)
    {
        _options = options.Get(name);
        _interceptor = services.GetService<IPushStreamInterceptor>();
        Id = QueueId.GetQueueId($"{name}-{silo.SiloAddress.ToParsableString()}", 0, (uint)silo.SiloAddress.GetConsistentHashCode());
        Meter.CreateObservableGauge("orleans_chat_stream_backlog", () => _streams.Values.Sum(s => (long)s.Waiting));
    }

    public QueueId Id { get; }

    public void Publish<T>(StreamId stream, IEnumerable<T> events)
    {
        var backlog = Backlog(stream);
        foreach (var e in events)
        {
            if (e is null || _interceptor?.Accept(stream, e) == false)
                continue;
            Published.Add(1);
            if (backlog.Add(e, _options, out var dropped))
                _ready.Writer.TryWrite(backlog);
            if (dropped > 0)
                Dropped.Add(dropped);
        }
    }

    public StreamBacklog Backlog(StreamId stream) => _streams.GetOrAdd(stream, static id => new StreamBacklog(id));

    public Task Initialize(TimeSpan timeout) => Task.CompletedTask;

    public Task<IList<IBatchContainer>> GetQueueMessagesAsync(int maxCount) => GetQueueMessagesAsync(maxCount, CancellationToken.None);

    public async Task<IList<IBatchContainer>> GetQueueMessagesAsync(int maxCount, CancellationToken cancellationToken)
    {
        var batches = new List<IBatchContainer>();
        try
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopped.Token);
            await _ready.Reader.WaitToReadAsync(stop.Token);
        }
        catch (OperationCanceledException)
        {
            return batches;
        }
        while (batches.Count < maxCount && _ready.Reader.TryRead(out var backlog))
        {
            if (backlog.Take(new EventSequenceTokenV2(++_sequence), _options.BatchSize, out var more) is { } batch)
                batches.Add(batch);
            if (more)
                _ready.Writer.TryWrite(backlog);
        }
        return batches;
    }

    public Task MessagesDeliveredAsync(IList<IBatchContainer> messages) => Task.CompletedTask;

    public Task Shutdown(TimeSpan timeout) => _stopped.CancelAsync();

    public void Dispose() => _stopped.Dispose();
}

/// <summary>What waits for one stream: queued here, or taken by the agent and not yet by every subscriber.</summary>
internal sealed class StreamBacklog(StreamId stream)
{
    private readonly Lock _lock = new();
    private readonly Queue<object> _queued = new();
    private int _taken;
    private bool _announced;
    private long _life;

    public int Waiting => _queued.Count + _taken;

    /// <summary>Batches of an earlier life were dropped.</summary>
    public long Life => Volatile.Read(ref _life);

    /// <summary>Queues an event; true when the agent must be told that there is something.</summary>
    public bool Add(object e, PushStreamOptions options, out int dropped)
    {
        lock (_lock)
        {
            dropped = 0;
            if (_queued.Count + _taken >= options.BacklogPerStream)
            {
                dropped = _queued.Count + _taken + 1;
                _queued.Clear();
                _taken = 0;
                _life++;
                if (options.OverflowEvent?.Invoke(stream) is { } overflow)
                    _queued.Enqueue(overflow);
            }
            else
            {
                _queued.Enqueue(e);
            }
            return !_announced && (_announced = true);
        }
    }

    /// <summary>Takes the oldest events; with <paramref name="more"/> the agent is to be told again.</summary>
    public PushBatch? Take(EventSequenceTokenV2 token, int max, out bool more)
    {
        lock (_lock)
        {
            var count = Math.Min(_queued.Count, max);
            more = _announced = _queued.Count > count;
            if (count == 0)
                return null;
            var events = new object[count];
            for (var i = 0; i < count; i++)
                events[i] = _queued.Dequeue();
            _taken += events.Length;
            return new PushBatch
            {
                StreamId = stream,
                Events = events,
                Token = token,
                Life = _life,
            };
        }
    }

    /// <summary>Every subscriber has the batch.</summary>
    public void Done(PushBatch batch)
    {
        lock (_lock)
        {
            if (batch.Life == _life)
                _taken -= batch.Events.Length;
        }
    }
}
