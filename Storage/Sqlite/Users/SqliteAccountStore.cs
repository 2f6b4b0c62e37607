using Microsoft.Data.Sqlite;
using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Users;

namespace Orleans.Chat.Storage.Sqlite.Users;

internal sealed class SqliteAccountStore(SqliteDatabase database) : IAccountStore
{
    /// <summary>Of each prefix; see <see cref="AccountSql.Search"/>.</summary>
    private const long Candidates = 1_000;

    public Task<bool> CreateAsync(UserRow user, CancellationToken cancellationToken) =>
        database.WriteAsync(session => Create(session, user));

    public Task<UserRow?> FindAsync(string userId, CancellationToken cancellationToken) =>
        database.ReadAsync(session => session.First(AccountSql.Find, User, userId), cancellationToken);

    public async Task<IReadOnlyList<string>> ExistingAsync(IReadOnlyCollection<string> userIds, CancellationToken cancellationToken) =>
        await database.ReadAsync(session => session.Rows(AccountSql.Existing, r => r.GetString(0), userIds), cancellationToken);

    public async Task<IReadOnlyList<UserRow>> SearchAsync(string query, int limit, CancellationToken cancellationToken)
    {
        var prefixes = NameWords.OfQuery(query);
        return await database.ReadAsync(
            session =>
            {
                var ids = prefixes.SelectMany(prefix =>
                    session.Rows(AccountSql.Search, r => r.GetString(0), prefix, NameWords.Last, Candidates)
                );
                return session.Rows(AccountSql.Users, User, ids.Distinct(StringComparer.Ordinal).ToArray(), (long)limit);
            },
            cancellationToken
        );
    }

    public Task<UserRow?> UpdateAsync(string userId, UpdateUser change, CancellationToken cancellationToken) =>
        database.WriteAsync(session =>
        {
            var user = session.First(
                AccountSql.Update,
                User,
                userId,
                change.DisplayName,
                change.AvatarAttachmentId,
                change.StatusText,
                change.Privacy?.LastSeen
            );
            if (user is not null && change.DisplayName is { } name)
                SetWords(session, userId, name);
            return user;
        });

    public Task SetPasswordHashAsync(string userId, string passwordHash, CancellationToken cancellationToken) =>
        database.WriteAsync(session => session.Execute(AccountSql.SetPassword, userId, passwordHash));

    public Task SetLastSeenAsync(IReadOnlyCollection<KeyValuePair<string, DateTimeOffset>> seen, CancellationToken cancellationToken) =>
        database.WriteAsync(session => seen.Sum(s => session.Execute(AccountSql.SetLastSeen, s.Key, s.Value)));

    public Task<BlockRows> BlocksAsync(string userId, CancellationToken cancellationToken) =>
        database.ReadAsync(
            session => new BlockRows(
                session.Rows(AccountSql.Blocking, r => r.GetString(0), userId),
                session.Rows(AccountSql.BlockedBy, r => r.GetString(0), userId)
            ),
            cancellationToken
        );

    public Task SetBlockAsync(string userId, string blockedId, bool blocked, DateTimeOffset at, CancellationToken cancellationToken) =>
        database.WriteAsync(session =>
            blocked ? session.Execute(AccountSql.Block, userId, blockedId, at) : session.Execute(AccountSql.Unblock, userId, blockedId)
        );

    public Task<string?> ExternalUserAsync(string issuer, string subject, CancellationToken cancellationToken) =>
        database.ReadAsync(session => session.First(AccountSql.FindExternal, r => r.GetString(0), issuer, subject), cancellationToken);

    public Task<string?> MapExternalUserAsync(string issuer, string subject, UserRow user, CancellationToken cancellationToken) =>
        database.WriteAsync(session =>
        {
            if (session.First(AccountSql.FindExternal, r => r.GetString(0), issuer, subject) is { } known)
                return known;
            if (!Create(session, user))
                return null;
            session.Execute(AccountSql.Map, issuer, subject, user.UserId);
            return user.UserId;
        });

    public Task<bool> ChooseUserIdAsync(
        string issuer,
        string subject,
        string userId,
        string displayName,
        CancellationToken cancellationToken
    ) =>
        database.WriteAsync(session =>
        {
            var placeholder = session.First(AccountSql.Placeholder, r => r.GetString(0), issuer, subject);
            if (placeholder is null || session.Execute(AccountSql.Rename, placeholder, userId, displayName) == 0)
                return false;
            foreach (var move in AccountSql.Moves)
                session.Execute(move, placeholder, userId);
            session.Execute(AccountSql.MoveRevoked, userId, Writes.Next(session));
            session.Execute(AccountSql.Unword, placeholder);
            SetWords(session, userId, displayName);
            session.Execute(AccountSql.Choose, issuer, subject, userId);
            return true;
        });

    private static bool Create(SqliteSession session, UserRow user)
    {
        var made = session.Execute(
            AccountSql.Create,
            user.UserId,
            user.DisplayName,
            user.PasswordHash,
            user.AvatarAttachmentId,
            user.StatusText,
            user.LastSeenPrivacy,
            user.LastSeenAt,
            user.CreatedAt
        );
        if (made > 0)
            SetWords(session, user.UserId, user.DisplayName);
        return made > 0;
    }

    private static void SetWords(SqliteSession session, string userId, string displayName)
    {
        session.Execute(AccountSql.Unword, userId);
        session.Execute(AccountSql.Word, userId, NameWords.OfUser(userId, displayName));
    }

    private static UserRow User(SqliteDataReader reader) =>
        new()
        {
            UserId = reader.GetString(0),
            DisplayName = reader.GetString(1),
            PasswordHash = reader.TextOrNull(2),
            AvatarAttachmentId = reader.TextOrNull(3),
            StatusText = reader.TextOrNull(4),
            LastSeenPrivacy = reader.TextOrNull(5),
            LastSeenAt = reader.TimeOrNull(6),
            CreatedAt = reader.Time(7),
        };
}
