using Orleans.Chat.Gateway.Delivery;

namespace Orleans.Chat.Gateway.Health;

/* Whether this gateway may take connections: something came over its stream from as many silos as are active. Reachable silos alone say
 * little: events that do not come are what a client would notice last.
 *
 * A silo that died counts as active until the others have voted it out, and every gateway misses it alike: where the balancer heard so from all of
 * them, nobody would be let in for those seconds. So a gateway that heard all of them a moment ago is ready still. */
internal sealed class Readiness(Sources sources, Draining draining, IClusterCalls calls, TimeProvider time)
{
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private readonly Lock _lock = new();
    private Task<int>? _silos;
    private long _asked;
    private long? _heardAllAt;

    /// <summary>Null when ready, otherwise why not.</summary>
    public async Task<string?> WhyNotAsync()
    {
        if (draining.Started)
            return "draining";
        int silos;
        try
        {
            silos = await SilosAsync().WaitAsync(Patience, time);
        }
        catch (Exception)
        {
            return "no silo answers";
        }
        var heard = sources.Count();
        return silos > 0 && heard > 0 && IsEnough(heard >= silos) ? null : $"heard {heard} of {silos} silos";
    }

    private bool IsEnough(bool all)
    {
        lock (_lock)
        {
            if (all)
                _heardAllAt = time.GetTimestamp();
            return _heardAllAt is { } at && time.GetElapsedTime(at) <= 2 * sources.Silence;
        }
    }

    private Task<int> SilosAsync()
    {
        lock (_lock)
        {
            if (_silos is null || _silos.IsFaulted || time.GetElapsedTime(_asked) > Kept)
                (_silos, _asked) = (calls.ActiveSilosAsync(), time.GetTimestamp());
            return _silos;
        }
    }
}
