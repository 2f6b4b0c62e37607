using Orleans.Chat.Protocol;

namespace Orleans.Chat.Grains.Chats;

/// <summary>
/// How much one chat may ask of all gateways together, whoever writes: what is told to all members costs as many deliveries as there are members. A token
/// bucket, kept as the time at which it is full again (the generic cell rate algorithm of ITU-T I.371). What is asked of an empty one is refused;
/// so the largest chat has its turn too. Not safe for concurrent use: a chat's activation runs one turn at a time.
/// </summary>
/// <param name="perSecond">Deliveries that come back in a second.</param>
/// <param name="time">Its timestamps count, not its clock, which may be set.</param>
internal sealed class DeliveryBudget(int perSecond, TimeProvider time)
{
    /// <summary>What a bucket holds, in seconds of its rate.</summary>
    private const double Burst = 2;

    private readonly long _begun = time.GetTimestamp();
    private double _full;

    /// <summary>Takes what one change costs; or takes nothing, and says when to ask again.</summary>
    public Problem? Take(int members)
    {
        var now = time.GetElapsedTime(_begun).TotalSeconds;
        var full = Math.Max(_full, now);
        if (full - now < Burst)
        {
            _full = full + ((double)members / perSecond);
            return null;
        }
        return Problem.Of(ProblemCodes.RateLimited, "More is written to this chat than a chat may ask for.") with
        {
            RetryAfterMs = (long)Math.Ceiling((full - now - Burst) * 1_000) + 1,
        };
    }
}
