using System.Collections.Frozen;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Chat.Grains.Interfaces;

namespace Orleans.Chat.Grains.Delivery;

/* Which gateways live, as this silo knows: asked of the one gateway grain every second. While that grain is new and has yet to hear from
 * all gateways (its list is not complete), nobody is taken for dead. */
internal sealed partial class GatewayWatch(IGrainFactory grains, TimeProvider time, ILogger<GatewayWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile string[] _live = [];
    private volatile FrozenSet<string> _set = FrozenSet<string>.Empty;

    public IReadOnlyList<string> Live => _live;

    /// <summary>Completes when the list was read once.</summary>
    public Task FirstRead => _first.Task;

    /// <summary>Raised with the gateways that are gone.</summary>
    public event Action<IReadOnlyList<string>>? Changed;

    public bool IsLive(string gateway) => _set.Contains(gateway);

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
        var now = list.Complete ? list.Gateways.ToFrozenSet() : _set.Union(list.Gateways).ToFrozenSet();
        if (now.SetEquals(_set))
            return;
        var gone = _set.Except(now).ToArray();
        _set = now;
        _live = [.. now];
        if (gone.Length > 0)
            Changed?.Invoke(gone);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "The list of gateways could not be read ({Fault}); the last one holds")]
        public static partial void ReadFailed(ILogger logger, string fault);
    }
}
