using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Configuration;
using Orleans.Chat.Storage.Tests.Specs;

namespace Orleans.Chat.Storage.Tests.Sqlite;

public sealed class SqliteGrainStorageTests(SqliteStorage store) : GrainStorageSpec
{
    protected override IConfiguration Configuration { get; } =
        new ConfigurationBuilder()
            .AddInMemoryCollection(
                new Dictionary<string, string?>
                {
                    ["Storage:Provider"] = "Sqlite",
                    ["Storage:DataDirectory"] = Path.GetDirectoryName(store.FilePath),
                }
            )
            .Build();

    protected override DbConnection Open(string connectionString) => new SqliteConnection(connectionString);
}
