using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Delivery;

/// <summary>Tells users to synchronise where the gateway could not mend what they missed, spread so that they do not all ask at once.</summary>
internal sealed class SyncCalls(ConnectionTable connections, Random random)
{
    private const int SpreadMs = 5_000;

    public void Tell(IEnumerable<string> users)
    {
        foreach (var user in users)
            connections.TellUser(user, new SyncRequired((long)Random(0, SpreadMs)));
    }

    public double Random(double from, double to) => from + (to - from) * random.NextDouble();
}
