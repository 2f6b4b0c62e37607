using Npgsql;
using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Users;

namespace Orleans.Chat.Storage.PostgreSql.Users;

internal sealed class PostgresAccountStore(NpgsqlDataSource source) : IAccountStore
{
    /// <summary>Of each prefix; see <see cref="AccountSql.Search"/>.</summary>
    private const int Candidates = 1_000;

    public async Task<bool> CreateAsync(UserRow user, CancellationToken cancellationToken)
    {
        var made = await source.RowsAsync(AccountSql.Create, p => Values(p, user), r => r.GetString(0), cancellationToken);
        return made.Count > 0;
    }

    public async Task<UserRow?> FindAsync(string userId, CancellationToken cancellationToken) =>
        First(await source.RowsAsync(AccountSql.Find, p => p.With(userId), User, cancellationToken));

    public async Task<IReadOnlyList<string>> ExistingAsync(IReadOnlyCollection<string> userIds, CancellationToken cancellationToken) =>
        await source.RowsAsync(AccountSql.Existing, p => p.WithAll(userIds), r => r.GetString(0), cancellationToken);

    public async Task<IReadOnlyList<UserRow>> SearchAsync(string query, int limit, CancellationToken cancellationToken)
    {
        var prefixes = NameWords.OfQuery(query);
        if (prefixes.Length == 0)
            return [];
        return await source.RowsAsync(
            AccountSql.Search,
            p => p.WithAll(prefixes).With(NameWords.Last).With((long)limit).With((long)Candidates),
            User,
            cancellationToken
        );
    }

    public async Task<UserRow?> UpdateAsync(string userId, UpdateUser change, CancellationToken cancellationToken)
    {
        await using var batch = source.CreateBatch();
        batch.Add(AccountSql.Lock, p => p.With(userId));
        batch.Add(
            AccountSql.Update,
            p =>
                p.With(userId)
                    .With(change.DisplayName)
                    .With(change.AvatarAttachmentId)
                    .With(change.StatusText)
                    .With(change.Privacy?.LastSeen)
                    .WithAll(change.DisplayName is { } name ? NameWords.OfUser(userId, name) : [])
        );
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        var user = First(await reader.AllAsync(User, cancellationToken));
        // Committed with the end of the pipeline.
        while (await reader.NextResultAsync(cancellationToken)) { }
        return user;
    }

    public Task SetPasswordHashAsync(string userId, string passwordHash, CancellationToken cancellationToken) =>
        source.ExecuteAsync(AccountSql.SetPassword, p => p.With(userId).With(passwordHash), cancellationToken);

    public Task SetLastSeenAsync(IReadOnlyCollection<KeyValuePair<string, DateTimeOffset>> seen, CancellationToken cancellationToken) =>
        source.ExecuteAsync(
            AccountSql.SetLastSeen,
            p => p.WithAll(seen.Select(s => s.Key)).WithAll(seen.Select(s => s.Value)),
            cancellationToken
        );

    public async Task<BlockRows> BlocksAsync(string userId, CancellationToken cancellationToken)
    {
        var rows = await source.RowsAsync(
            AccountSql.Blocks,
            p => p.With(userId),
            r => (Blocking: r.GetBoolean(0), User: r.GetString(1)),
            cancellationToken
        );
        return new BlockRows([.. rows.Where(r => r.Blocking).Select(r => r.User)], [.. rows.Where(r => !r.Blocking).Select(r => r.User)]);
    }

    public Task SetBlockAsync(string userId, string blockedId, bool blocked, DateTimeOffset at, CancellationToken cancellationToken) =>
        blocked
            ? source.ExecuteAsync(AccountSql.Block, p => p.With(userId).With(blockedId).With(at), cancellationToken)
            : source.ExecuteAsync(AccountSql.Unblock, p => p.With(userId).With(blockedId), cancellationToken);

    public async Task<string?> ExternalUserAsync(string issuer, string subject, CancellationToken cancellationToken) =>
        First(await source.RowsAsync(ExternalSql.Find, p => p.With(issuer).With(subject), r => r.GetString(0), cancellationToken));

    public async Task<string?> MapExternalUserAsync(string issuer, string subject, UserRow user, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var mapped = await connection.RowsAsync(
            ExternalSql.Map,
            p => p.With(issuer).With(subject).With(user.UserId),
            r => r.GetString(0),
            cancellationToken
        );
        if (mapped.Count == 0)
            return await ExternalUserAsync(issuer, subject, cancellationToken);
        var made = await connection.RowsAsync(AccountSql.Create, p => Values(p, user), r => r.GetString(0), cancellationToken);
        if (made.Count == 0)
            return null;
        await transaction.CommitAsync(cancellationToken);
        return user.UserId;
    }

    public async Task<bool> ChooseUserIdAsync(
        string issuer,
        string subject,
        string userId,
        string displayName,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var placeholder = First(
            await connection.RowsAsync(ExternalSql.Placeholder, p => p.With(issuer).With(subject), r => r.GetString(0), cancellationToken)
        );
        if (placeholder is null)
            return false;
        var made = await connection.RowsAsync(
            ExternalSql.Copy,
            p => p.With(placeholder).With(userId).With(displayName),
            r => r.GetString(0),
            cancellationToken
        );
        if (made.Count == 0)
            return false;
        await connection.RowsAsync(
            ExternalSql.Move,
            p => p.With(placeholder).With(userId).WithAll(NameWords.OfUser(userId, displayName)).With(issuer).With(subject),
            r => r.GetString(0),
            cancellationToken
        );
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    private static UserRow User(NpgsqlDataReader reader) =>
        new()
        {
            UserId = reader.GetString(0),
            DisplayName = reader.GetString(1),
            PasswordHash = RowReader.Text(reader, 2),
            AvatarAttachmentId = RowReader.Text(reader, 3),
            StatusText = RowReader.Text(reader, 4),
            LastSeenPrivacy = RowReader.Text(reader, 5),
            LastSeenAt = RowReader.Time(reader, 6),
            CreatedAt = reader.GetFieldValue<DateTimeOffset>(7),
        };

    private static void Values(NpgsqlParameterCollection parameters, UserRow user) =>
        parameters
            .With(user.UserId)
            .With(user.DisplayName)
            .With(user.PasswordHash)
            .With(user.AvatarAttachmentId)
            .With(user.StatusText)
            .With(user.LastSeenPrivacy)
            .With(user.LastSeenAt)
            .With(user.CreatedAt)
            .WithAll(NameWords.OfUser(user.UserId, user.DisplayName));

    private static T? First<T>(List<T> rows)
        where T : class => rows.Count == 0 ? null : rows[0];
}
