using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.Security;
using Orleans.Chat.Storage;

namespace Orleans.Chat.Silo;

/// <summary>Where grain state that is not the chat log is kept, and stream subscriptions.</summary>
internal static class Persistence
{
    public static ISiloBuilder AddChatPersistence(this ISiloBuilder silo, IConfiguration configuration)
    {
        silo.Services.AddChatStorage(configuration);
        var (invariant, connection) = StorageSetup.AdoNet(configuration);
        silo.AddAdoNetGrainStorageAsDefault(o => (o.Invariant, o.ConnectionString) = (invariant, connection));
        // In a cluster a subscription must outlive the silo that took it; one process has nothing to outlive.
        return RedisConnection.IsConfigured(configuration)
            ? silo.AddRedisGrainStorage(ChatStreams.PubSubStore, o => o.ConfigurationOptions = RedisConnection.From(configuration))
            : silo.AddMemoryGrainStorage(ChatStreams.PubSubStore);
    }
}
