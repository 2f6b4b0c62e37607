using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Streams;

namespace Orleans.Chat.PushStreams;

/* A silo's queue: a lane for each stream, and a channel of the lanes that have news for the agent, each in it at most once. So publishing
 * is an append under a lane's lock; it never waits, never fails for want of room, and a lane's overflow is its own.
 *
 * The channel is bounded, and a lane that finds it full sets _missed instead. The agent looks at _missed after each read and then goes
 * through all lanes. A publisher that sets it tries the channel once more, or it could set it after the last look before a wait: either
 * that second try wakes the agent, or the channel is full and the agent is on its way. */
internal sealed class PushQueue
{
    private readonly ConcurrentDictionary<StreamId, PushLane> _lanes = new();
    private readonly Channel<PushLane> _ready;
    private readonly IPushStreamInterceptor? _interceptor;
    private readonly PushStreamOptions _options;
    private readonly PushMetrics _metrics;
    private readonly TimeProvider _time;
    private int _missed;
    private long _origin;
    private long _sweptAt;

    public PushQueue(
        string name,
        ILocalSiloDetails silo,
        IOptionsMonitor<PushStreamOptions> options,
        IMeterFactory meters,
        TimeProvider time,
        IServiceProvider services
    )
    {
        _options = options.Get(name);
        _metrics = new PushMetrics(meters, name, () => Depth);
        _time = time;
        _sweptAt = time.GetTimestamp();
        _interceptor = services.GetService<IPushStreamInterceptor>();
        _ready = Channel.CreateBounded<PushLane>(new BoundedChannelOptions(_options.QueueCapacity) { SingleReader = true });
        Id = QueueId.GetQueueId($"{name}-{silo.SiloAddress.ToParsableString()}", 0, (uint)silo.SiloAddress.GetConsistentHashCode());
    }

    public QueueId Id { get; }

    /// <summary>Events that wait, of all streams.</summary>
    public long Depth => _lanes.Sum(l => l.Value.Count);

    /// <summary>Streams that something is kept for.</summary>
    public int Streams => _lanes.Count;

    public void Publish<T>(StreamId stream, IEnumerable<T> events)
    {
        foreach (var item in events)
        {
            ArgumentNullException.ThrowIfNull(item, nameof(events));
            if (_interceptor?.Accept(stream, item) == false)
                continue;
            _metrics.Published();
            Add(stream, item);
        }
    }

    public PushLane LaneOf(StreamId stream) =>
        _lanes.TryGetValue(stream, out var lane)
            ? lane
            : _lanes.GetOrAdd(stream, static (id, q) => new PushLane(id, Volatile.Read(ref q._origin), q._options, q._metrics), this);

    /// <summary>Waits for news, for as long as a sweep may wait.</summary>
    public async Task<IList<IBatchContainer>> ReadAsync(int max, CancellationToken cancellationToken)
    {
        var notices = new List<IBatchContainer>();
        if (!_ready.Reader.TryPeek(out _))
        {
            using var idle = new CancellationTokenSource(_options.MaxEventDeliveryTime, _time);
            using var wake = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, idle.Token);
            await _ready.Reader.WaitToReadAsync(wake.Token);
        }
        while (notices.Count < max && _ready.Reader.TryRead(out var lane))
            AddNews(notices, lane);
        if (Interlocked.Exchange(ref _missed, 0) == 1)
        {
            foreach (var (_, lane) in _lanes)
                AddNews(notices, lane);
        }
        return notices;
    }

    /// <summary>Now and then, lets go of what waits for nobody.</summary>
    public void SweepWhenDue()
    {
        if (_time.GetElapsedTime(_sweptAt) < _options.MaxEventDeliveryTime)
            return;
        _sweptAt = _time.GetTimestamp();
        Sweep();
    }

    public void Sweep()
    {
        foreach (var (stream, lane) in _lanes)
        {
            if (!lane.Sweep(out var end))
                continue;
            // Before it is removed, or the stream's next lane could begin below.
            _origin = Math.Max(_origin, end);
            _lanes.TryRemove(new(stream, lane));
        }
    }

    private static void AddNews(List<IBatchContainer> notices, PushLane lane)
    {
        if (lane.TakeNews() is { } notice)
            notices.Add(notice);
    }

    private void Add(StreamId stream, object item)
    {
        var lane = LaneOf(stream);
        Added added;
        // Closed lanes are about to be removed by the sweep.
        while ((added = lane.Add(item)) == Added.Closed)
            lane = LaneOf(stream);
        if (added == Added.Known || _ready.Writer.TryWrite(lane))
            return;
        Volatile.Write(ref _missed, 1);
        _ready.Writer.TryWrite(lane);
    }
}
