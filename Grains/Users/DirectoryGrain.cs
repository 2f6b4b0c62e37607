using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Orleans.Chat.Grains.Interfaces.Users;
using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Users;
using Orleans.Concurrency;

namespace Orleans.Chat.Grains.Users;

/* Reads over many users, and the way from an external subject to a user. A subject that has not chosen an id yet is a user all the same, under
 * a placeholder made from issuer and subject; should somebody have registered just that id, the next one that they give. */
[GrainType("directory"), StatelessWorker, Reentrant]
internal sealed class DirectoryGrain(
    IAccountStore accounts,
    ISessionStore sessions,
    IInstallationStore installation,
    TokenSigner signer,
    IOptions<TokenOptions> options,
    TimeProvider time
) : Grain, IDirectoryGrain
{
    private const int PlaceholderTries = 8;

    /// <summary>More than clocks of gateways differ by.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan HistoryAge = TimeSpan.FromSeconds(10);
    private (string Id, long At)? _history;

    public async Task<User[]> Search(string query, int limit) =>
        [.. (await accounts.SearchAsync(query, limit, CancellationToken.None)).Select(UserViews.Public)];

    public async Task<User?> Find(string userId) =>
        await accounts.FindAsync(userId, CancellationToken.None) is { } row ? UserViews.Public(row) : null;

    public Task<string?> UserOfRefreshToken(string refreshToken) => Task.FromResult(OpaqueTokens.UserOf(refreshToken));

    public async Task<string> ExternalUser(string issuer, string subject, string? displayName)
    {
        if (await accounts.ExternalUserAsync(issuer, subject, CancellationToken.None) is { } known)
            return known;
        for (var attempt = 0; attempt < PlaceholderTries; attempt++)
        {
            var userId = Placeholder(issuer, subject, attempt);
            var user = new UserRow
            {
                UserId = userId,
                DisplayName = string.IsNullOrWhiteSpace(displayName) ? userId : displayName,
                CreatedAt = time.GetUtcNow(),
            };
            if (await accounts.MapExternalUserAsync(issuer, subject, user, CancellationToken.None) is { } mapped)
                return mapped;
        }
        throw new InvalidOperationException("Every placeholder id of an external subject is taken.");
    }

    public async Task<Outcome<User>> ChooseUserId(string issuer, string subject, string userId, string displayName)
    {
        var current = await ExternalUser(issuer, subject, displayName);
        if (string.Equals(current, userId, StringComparison.Ordinal))
            return await RenamedAsync(userId, displayName);
        if (!await accounts.ChooseUserIdAsync(issuer, subject, userId, displayName, CancellationToken.None))
            return Problem.Of(ProblemCodes.Conflict, "The user id is taken, or one was chosen before.");
        return await accounts.FindAsync(userId, CancellationToken.None) is { } row ? UserViews.Own(row) : Problem.NotFound;
    }

    public async Task<RevokedSessions> Revoked(long cursor)
    {
        var since = time.GetUtcNow() - TimeSpan.FromSeconds(options.Value.AccessTokenSeconds) - Skew;
        var rows = await sessions.RevokedAsync(cursor, since, CancellationToken.None);
        return new RevokedSessions([.. rows.Sessions.Select(s => new RevokedSession(s.UserId, s.SessionId))], rows.Cursor);
    }

    public Task<string> SigningKeys() => signer.KeySetAsync(CancellationToken.None).AsTask();

    public async Task<string> HistoryId()
    {
        if (_history is { } known && time.GetElapsedTime(known.At) < HistoryAge)
            return known.Id;
        var id = await installation.HistoryIdAsync(CancellationToken.None);
        _history = (id, time.GetTimestamp());
        return id;
    }

    /// <summary>The same choice again, after an answer that was lost, is no conflict.</summary>
    private async Task<Outcome<User>> RenamedAsync(string userId, string displayName) =>
        await accounts.UpdateAsync(userId, new UpdateUser { DisplayName = displayName }, CancellationToken.None) is { } row
            ? UserViews.Own(row)
            : Problem.NotFound;

    private static string Placeholder(string issuer, string subject, int attempt)
    {
        var source = attempt == 0 ? $"{issuer}\n{subject}" : $"{issuer}\n{subject}\n{attempt}";
        return "x-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(source)).AsSpan(0, 17));
    }
}
