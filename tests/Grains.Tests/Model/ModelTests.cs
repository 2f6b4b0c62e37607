using System.Globalization;
using Orleans.Chat.Grains.Tests.Chats;
using Orleans.Chat.Storage;
using Orleans.Chat.Storage.Sqlite;

namespace Orleans.Chat.Grains.Tests.Model;

/// <summary>Whatever is done to a chat, it answers and shows what its model does, over each store; see "Random operations against a model" in docs/faults.md.</summary>
public abstract class ModelSpec
{
    private const string DefaultSeconds = "8";

    internal abstract GrainCluster Cluster { get; }

    [Fact]
    public async Task A_chat_does_what_its_model_does()
    {
        var search = new LifeSearch(Cluster, GetType().Name);
        if (Environment.GetEnvironmentVariable("MODEL_LIFE") is { Length: > 0 } life)
            await search.TryAsync(Life.Parse(life), "MODEL_LIFE");
        else if (Environment.GetEnvironmentVariable("MODEL_SEED") is { Length: > 0 } seed)
            await search.TryAsync(seed);
        else
        {
            var seconds = Environment.GetEnvironmentVariable("MODEL_SECONDS") is { Length: > 0 } given ? given : DefaultSeconds;
            var time = TimeSpan.FromSeconds(double.Parse(seconds, CultureInfo.InvariantCulture));
            TestContext.Current.TestOutputHelper?.WriteLine(await search.SearchAsync(time));
        }
    }
}

[Collection(ClustersCollection.Name)]
public sealed class PostgresModelTests(ForgetfulCluster forgetful) : ModelSpec, IClassFixture<ForgetfulCluster>
{
    internal override GrainCluster Cluster => forgetful.Cluster;
}

[Collection(ClustersCollection.Name)]
public sealed class SqliteModelTests(SqliteCluster sqlite) : ModelSpec, IClassFixture<SqliteCluster>
{
    internal override GrainCluster Cluster => sqlite.Cluster;
}

/// <summary>A cluster over a SQLite file, as forgetful as the one over PostgreSQL.</summary>
public sealed class SqliteCluster : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("chat-model-");

    internal GrainCluster Cluster { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var file = Path.Combine(_folder.FullName, "chat.db");
        Migrations.UpgradeSqlite(file);
        var setup = new ClusterSetup
        {
            Store = (services, path) => services.AddSqliteChatStorage(path),
            Configure = ForgetfulCluster.Forget,
        };
        Cluster = await GrainCluster.StartAsync(file, setup);
    }

    public async ValueTask DisposeAsync()
    {
        await Cluster.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
