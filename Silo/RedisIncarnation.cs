using Orleans.Chat.Grains.Clustering;
using StackExchange.Redis;

namespace Orleans.Chat.Silo;

/// <summary>The incarnation of a membership table in Redis: an id beside it, set by the first silo; gone with the table when Redis loses its data.</summary>
internal sealed class RedisIncarnation : IClusterIncarnation
{
    public RedisIncarnation(ConfigurationOptions redis, string clusterId)
    {
        using var connection = ConnectionMultiplexer.Connect(redis);
        var (database, key) = (connection.GetDatabase(), $"orleans-chat/{clusterId}/incarnation");
        database.StringSet(key, Guid.CreateVersion7().ToString("N"), when: When.NotExists);
        Id = database.StringGet(key).ToString();
    }

    public string Id { get; }
}
