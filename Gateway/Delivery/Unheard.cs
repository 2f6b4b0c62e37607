namespace Orleans.Chat.Gateway.Delivery;

/* Whether a silo stays unheard, though the stream is subscribed. Orleans forgets a publisher that could not be told of one subscription, and an
 * agent that knows a stream never asks again who subscribes it: such a silo is not heard again, however often the same stream is subscribed. A
 * stream that is new to the agent it has to ask about.
 *
 * A silo that died counts as active until the others have voted it out, and one that joins begins to send when it is up; so what is asked is
 * whether one is missing each time for a while, and each stream that was in vain doubles the while. */
internal sealed class Unheard(Sources sources, IClusterCalls calls, TimeProvider time)
{
    private const int Patience = 3;
    private const int MostPatience = 24;
    private long _askedAt = time.GetTimestamp();
    private Task<int>? _asking;
    private int _missed;
    private int _patience = Patience;

    /// <summary>Whether another stream should be tried. To be asked again and again; waits for no answer, but takes it the next time.</summary>
    public async ValueTask<bool> IsLastingAsync()
    {
        if (_asking is { IsCompleted: true } answered)
        {
            _asking = null;
            // That no silo answers says nothing of streams, and readiness tells it.
            return answered.IsCompletedSuccessfully && Judge(await answered);
        }
        if (_asking is null && time.GetElapsedTime(_askedAt) >= sources.Silence)
            (_asking, _askedAt) = (calls.ActiveSilosAsync(), time.GetTimestamp());
        return false;
    }

    private bool Judge(int silos)
    {
        if (sources.Count() >= silos)
        {
            (_missed, _patience) = (0, Patience);
            return false;
        }
        if (++_missed < _patience)
            return false;
        (_missed, _patience) = (0, Math.Min(_patience * 2, MostPatience));
        return true;
    }
}
