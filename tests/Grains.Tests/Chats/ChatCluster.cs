using Orleans.Chat.Support;

namespace Orleans.Chat.Grains.Tests.Chats;

/// <summary>A cluster over a database of its own, for the tests of one class; each takes a chat and users of its own.</summary>
public class ChatCluster(PostgresFixture postgres) : IAsyncLifetime
{
    public ChatDatabase Database { get; } = new(postgres);

    internal GrainCluster Cluster { get; private set; } = null!;

    internal virtual ClusterSetup Setup => new();

    /// <summary>Where the silos find the database.</summary>
    protected virtual string Store => Database.ConnectionString;

    public virtual async ValueTask InitializeAsync()
    {
        await Database.InitializeAsync();
        Cluster = await GrainCluster.StartAsync(Store, Setup);
    }

    public virtual async ValueTask DisposeAsync()
    {
        await Cluster.DisposeAsync();
        await Database.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
