using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Chat.Storage.Chats;
using Orleans.Chat.Storage.Sqlite;
using Orleans.Chat.Storage.Tests.Specs;
using Orleans.Chat.Storage.Tests.Sqlite;
using Orleans.Chat.Storage.Users;

[assembly: AssemblyFixture(typeof(SqliteStorage))]

namespace Orleans.Chat.Storage.Tests.Sqlite;

/// <summary>The storage in a SQLite file as the embedded server registers it. Another log has another connection, as another process would.</summary>
public sealed class SqliteStorage : StorageFixture, IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("chat-sqlite-").FullName;
    private readonly List<IAsyncDisposable> _others = [];
    private ServiceProvider? _services;

    public string FilePath => Path.Combine(_folder, "chat.db");
    public override IChatLog Log => Services.GetRequiredService<IChatLog>();
    public override IChatReader Reader => Services.GetRequiredService<IChatReader>();
    public override IChatLists Lists => Services.GetRequiredService<IChatLists>();
    public override IMemberStore Members => Services.GetRequiredService<IMemberStore>();
    public override IAccountStore Accounts => Services.GetRequiredService<IAccountStore>();
    public override ISessionStore Sessions => Services.GetRequiredService<ISessionStore>();
    public override IInstallationStore Installation => Services.GetRequiredService<IInstallationStore>();
    internal SqliteDatabase Database => Services.GetRequiredService<SqliteDatabase>();

    private ServiceProvider Services => _services ?? throw new InvalidOperationException("Not started.");

    public override IChatLog AnotherLog(StorageOptions? options = null)
    {
        var database = new SqliteDatabase(FilePath, TimeSpan.FromSeconds(10));
        var log = new SqliteChatLog(database, Options.Create(options ?? new StorageOptions()));
        lock (_others)
            _others.AddRange([log, database]);
        return log;
    }

    public ValueTask InitializeAsync()
    {
        Migrations.UpgradeSqlite(FilePath);
        _services = new ServiceCollection()
            .AddSingleton(Options.Create(new StorageOptions()))
            .AddSqliteChatStorage(FilePath)
            .BuildServiceProvider();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var other in _others)
            await other.DisposeAsync();
        await Services.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
