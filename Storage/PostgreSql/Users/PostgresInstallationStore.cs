using Npgsql;
using Orleans.Chat.Storage.Users;

namespace Orleans.Chat.Storage.PostgreSql.Users;

internal sealed class PostgresInstallationStore(NpgsqlDataSource source) : IInstallationStore
{
    /// <summary>So that no secret is taken for something else of the installation.</summary>
    private const string SecretPrefix = "secret:";

    private const string Find = "SELECT value FROM installation WHERE name = $1";
    private const string Add = "INSERT INTO installation (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING";

    public async Task<string> HistoryIdAsync(CancellationToken cancellationToken) =>
        await FindAsync("history_id", cancellationToken) ?? throw new InvalidOperationException("The database has no history_id.");

    public async Task<string> GetOrAddSecretAsync(string name, string candidate, CancellationToken cancellationToken)
    {
        if (await FindAsync(SecretPrefix + name, cancellationToken) is { } known)
            return known;
        await source.ExecuteAsync(Add, p => p.With(SecretPrefix + name).With(candidate), cancellationToken);
        return await FindAsync(SecretPrefix + name, cancellationToken)
            ?? throw new InvalidOperationException($"The secret {name} is gone.");
    }

    private async Task<string?> FindAsync(string name, CancellationToken cancellationToken)
    {
        var values = await source.RowsAsync(Find, p => p.With(name), r => r.GetString(0), cancellationToken);
        return values.Count == 0 ? null : values[0];
    }
}
