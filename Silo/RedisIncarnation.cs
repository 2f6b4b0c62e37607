using System.Net;
using Orleans.Chat.Grains.Clustering;
using StackExchange.Redis;

namespace Orleans.Chat.Silo;

/// <summary>The incarnation of a membership table in Redis: an id beside it, set by the first silo; gone with the table when Redis loses its data.</summary>
internal sealed class RedisIncarnation : IClusterIncarnation
{
    public RedisIncarnation(ConfigurationOptions redis, string clusterId)
    {
        using var connection = Connect(redis);
        var (database, key) = (connection.GetDatabase(), $"orleans-chat/{clusterId}/incarnation");
        database.StringSet(key, Guid.CreateVersion7().ToString("N"), when: When.NotExists);
        Id = database.StringGet(key).ToString();
    }

    public string Id { get; }

    // The first of the silo's connections to Redis: what is wrong with the way there is told here.
    private static ConnectionMultiplexer Connect(ConfigurationOptions redis)
    {
        try
        {
            return ConnectionMultiplexer.Connect(redis);
        }
        catch (RedisConnectionException e)
        {
            var places = string.Join(", ", redis.EndPoints.Select(p => p is DnsEndPoint host ? $"{host.Host}:{host.Port}" : $"{p}"));
            throw new InvalidOperationException($"Redis at {places} (ConnectionStrings:Redis) cannot be used: {e.Message}", e);
        }
    }
}
