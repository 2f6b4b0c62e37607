using System.Data.Common;
using Microsoft.Extensions.Configuration;
using Npgsql;
using Orleans.Chat.Storage.Tests.Specs;

namespace Orleans.Chat.Storage.Tests.PostgreSql;

public sealed class PostgresGrainStorageTests(PostgresStorage store) : GrainStorageSpec
{
    protected override IConfiguration Configuration { get; } =
        new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { ["ConnectionStrings:Postgres"] = store.ConnectionString })
            .Build();

    protected override DbConnection Open(string connectionString) => new NpgsqlConnection(connectionString);
}
