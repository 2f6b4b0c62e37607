using Orleans.Chat.Storage.Users;

namespace Orleans.Chat.Storage.Sqlite.Users;

internal sealed class SqliteInstallationStore(SqliteDatabase database) : IInstallationStore
{
    /// <summary>So that no secret is taken for something else of the installation.</summary>
    private const string SecretPrefix = "secret:";

    private const string Find = "SELECT value FROM installation WHERE name = $1";
    private const string Add = "INSERT INTO installation (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING";

    public async Task<string> HistoryIdAsync(CancellationToken cancellationToken) =>
        await database.ReadAsync(session => session.First(Find, r => r.GetString(0), "history_id"), cancellationToken)
        ?? throw new InvalidOperationException("The database has no history_id.");

    public Task<string> GetOrAddSecretAsync(string name, string candidate, CancellationToken cancellationToken) =>
        database.WriteAsync(session =>
        {
            session.Execute(Add, SecretPrefix + name, candidate);
            return session.First(Find, r => r.GetString(0), SecretPrefix + name)!;
        });
}
