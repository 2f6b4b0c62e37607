using System.Collections.Frozen;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Chat.Grains.Interfaces;

namespace Orleans.Chat.Grains.Delivery;

/* Which gateways live, as this silo knows: asked of the one gateway grain every second. While that grain is new and has yet to hear from
 * all gateways (its list is not complete), nobody is taken for dead.
 *
 * A gateway that began within the last second is not in the list yet, but a session may name it already. It counts as live from then on, or
 * what is published meanwhile would be lost without a trace; if the list does not come to know it, it is gone after a while. */
internal sealed partial class GatewayWatch(IGrainFactory grains, TimeProvider time, ILogger<GatewayWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    // As long as a lease: a gateway whose lease ran out is not told of by sessions for longer.
    private static readonly TimeSpan Introduction = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(10);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (long At, bool Gone)> _introduced = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile string[] _live = [];
    private volatile FrozenDictionary<string, int> _streams = FrozenDictionary<string, int>.Empty;

    public IReadOnlyList<string> Live => _live;

    /// <summary>Completes when the list was read once.</summary>
    public Task FirstRead => _first.Task;

    /// <summary>Raised with the gateways that are gone.</summary>
    public event Action<IReadOnlyList<string>>? Changed;

    public bool IsLive(string gateway) => _streams.ContainsKey(gateway);

    /// <summary>Which of its streams a gateway listens to.</summary>
    public int StreamOf(string gateway) => _streams.GetValueOrDefault(gateway);

    /// <summary>A session names a gateway that it has connections on.</summary>
    public void Introduce(string gateway)
    {
        if (_streams.ContainsKey(gateway))
            return;
        lock (_lock)
        {
            // Who is gone does not come back by hearsay.
            if (_introduced.TryAdd(gateway, (time.GetTimestamp(), Gone: false)))
                Become(_streams.Append(new(gateway, 0)));
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        do
        {
            try
            {
                await ReadAsync();
                _first.TrySetResult();
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
            {
                Log.ReadFailed(logger, fault.GetType().Name);
            }
            catch (Exception) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        } while (await NextAsync(timer, stoppingToken));
    }

    private static async ValueTask<bool> NextAsync(PeriodicTimer timer, CancellationToken stoppingToken)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task ReadAsync()
    {
        var list = await grains.Gateways().Live();
        string[] gone;
        lock (_lock)
        {
            Forget();
            var young = _introduced.Where(i => !i.Value.Gone && time.GetElapsedTime(i.Value.At) < Introduction).Select(i => i.Key);
            var now = list.Gateways.ToDictionary(g => g, g => list.Streams?.GetValueOrDefault(g) ?? 0, StringComparer.Ordinal);
            foreach (var gateway in list.Complete ? young : young.Union(_streams.Keys))
                now.TryAdd(gateway, _streams.GetValueOrDefault(gateway));
            gone = [.. _streams.Keys.Where(g => !now.ContainsKey(g))];
            if (gone.Length == 0 && now.Count == _streams.Count && now.All(_streams.Contains))
                return;
            foreach (var gateway in gone)
                _introduced[gateway] = (time.GetTimestamp(), Gone: true);
            Become(now);
        }
        if (gone.Length > 0)
            Changed?.Invoke(gone);
    }

    private void Become(IEnumerable<KeyValuePair<string, int>> live)
    {
        _streams = live.ToFrozenDictionary(StringComparer.Ordinal);
        _live = [.. _streams.Keys];
    }

    private void Forget()
    {
        foreach (var (gateway, (at, _)) in _introduced)
        {
            if (time.GetElapsedTime(at) > Remembered)
                _introduced.Remove(gateway);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "The list of gateways could not be read ({Fault}); the last one holds")]
        public static partial void ReadFailed(ILogger logger, string fault);
    }
}
