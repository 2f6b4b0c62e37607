using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Npgsql;
using Orleans.Chat.Storage.Chats;
using Orleans.Chat.Storage.PostgreSql;
using Orleans.Chat.Storage.Tests.PostgreSql;
using Orleans.Chat.Storage.Tests.Specs;
using Orleans.Chat.Storage.Users;

[assembly: AssemblyFixture(typeof(PostgresStorage))]

namespace Orleans.Chat.Storage.Tests.PostgreSql;

/// <summary>The storage in PostgreSQL as the silo registers it, on a database of its own.</summary>
public sealed class PostgresStorage : StorageFixture, IAsyncLifetime
{
    private readonly PostgresServer _server = new();
    private readonly List<PostgresChatLog> _logs = [];
    private ServiceProvider? _services;

    public string ConnectionString { get; private set; } = "";
    public NpgsqlDataSource Source => Services.GetRequiredService<NpgsqlDataSource>();
    public override IChatLog Log => Services.GetRequiredService<IChatLog>();
    public override IChatReader Reader => Services.GetRequiredService<IChatReader>();
    public override IChatLists Lists => Services.GetRequiredService<IChatLists>();
    public override IMemberStore Members => Services.GetRequiredService<IMemberStore>();
    public override IAccountStore Accounts => Services.GetRequiredService<IAccountStore>();
    public override ISessionStore Sessions => Services.GetRequiredService<ISessionStore>();
    public override IInstallationStore Installation => Services.GetRequiredService<IInstallationStore>();

    private ServiceProvider Services => _services ?? throw new InvalidOperationException("Not started.");

    public override IChatLog AnotherLog(StorageOptions? options = null)
    {
        var log = new PostgresChatLog(Source, Options.Create(options ?? new StorageOptions()));
        lock (_logs)
            _logs.Add(log);
        return log;
    }

    public Task<string> NewDatabaseAsync(bool migrate = true) => _server.NewDatabaseAsync(migrate);

    public async ValueTask InitializeAsync()
    {
        await _server.InitializeAsync();
        ConnectionString = await _server.NewDatabaseAsync();
        _services = new ServiceCollection()
            .AddSingleton(Options.Create(new StorageOptions()))
            .AddPostgresChatStorage(ConnectionString)
            .AddPostgresAccountStorage(ConnectionString)
            .BuildServiceProvider();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var log in _logs)
            await log.DisposeAsync();
        await Services.DisposeAsync();
        await _server.DisposeAsync();
    }
}
