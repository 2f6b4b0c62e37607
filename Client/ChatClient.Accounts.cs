using Orleans.Chat.Protocol;

namespace Orleans.Chat.Client;

public sealed partial class ChatClient
{
    /// <summary>Makes an account and signs in to it.</summary>
    /// <exception cref="ChatProblemException"><c>conflict</c>: the id is taken. <c>validation_failed</c>: it, or the password, is none.</exception>
    public async Task<Tokens> RegisterAsync(
        string userId,
        string displayName,
        string password,
        string? deviceName = null,
        CancellationToken cancellationToken = default
    )
    {
        var body = new Register
        {
            UserId = userId,
            DisplayName = displayName,
            Password = password,
            DeviceName = deviceName,
        };
        var tokens = await _rest.CallOpenAsync<Tokens>(HttpMethod.Post, "auth/register", body, cancellationToken);
        await _rest.Tokens.SetAsync(tokens, cancellationToken);
        return tokens;
    }

    /// <summary>Signs in; a new session.</summary>
    /// <exception cref="ChatProblemException"><c>unauthenticated</c>: user or password are wrong.</exception>
    public async Task<Tokens> LoginAsync(
        string userId,
        string password,
        string? deviceName = null,
        CancellationToken cancellationToken = default
    )
    {
        var tokens = await _rest.LoginAsync(new Credentials(userId, password, deviceName), cancellationToken);
        await _rest.Tokens.SetAsync(tokens, cancellationToken);
        return tokens;
    }

    /// <summary>Signs in with tokens that are held already.</summary>
    public Task UseTokensAsync(Tokens tokens, CancellationToken cancellationToken = default) =>
        _rest.Tokens.SetAsync(tokens, cancellationToken);

    /// <summary>An access token that is good now, refreshed if it must be.</summary>
    /// <exception cref="ChatProblemException"><c>unauthenticated</c>: nobody is signed in, or the session has ended.</exception>
    public Task<string> GetAccessTokenAsync(CancellationToken cancellationToken = default) => _rest.Tokens.GetAsync(cancellationToken);

    /// <summary>Ends the session on the server, and the connection. A session that has ended already is no error.</summary>
    public async Task LogoutAsync(CancellationToken cancellationToken = default)
    {
        await DisconnectAsync();
        try
        {
            await _rest.CallAsync(HttpMethod.Post, "auth/logout", null, cancellationToken);
        }
        catch (ChatProblemException e) when (e.Code == ProblemCodes.Unauthenticated)
        {
            // It is what was wanted.
        }
        await _rest.Tokens.SetAsync(null, cancellationToken);
    }

    /// <summary>The user's signed-in devices.</summary>
    public Task<SessionList> GetSessionsAsync(CancellationToken cancellationToken = default) =>
        GetAsync<SessionList>("auth/sessions", cancellationToken);

    /// <summary>Signs a device out.</summary>
    public Task RevokeSessionAsync(string sessionId, CancellationToken cancellationToken = default) =>
        DeleteAsync($"auth/sessions/{Escape(sessionId)}", cancellationToken);

    /// <summary>What opens one hub connection in place of a token, once.</summary>
    public Task<ConnectionTicket> CreateConnectionTicketAsync(CancellationToken cancellationToken = default) =>
        _rest.CallAsync<ConnectionTicket>(HttpMethod.Post, "auth/connection-ticket", null, cancellationToken);

    /// <summary>The server's limits and features; needs no sign-in.</summary>
    public Task<ServerConfig> GetConfigAsync(CancellationToken cancellationToken = default) =>
        _rest.CallOpenAsync<ServerConfig>(HttpMethod.Get, "config", null, cancellationToken);

    /// <summary>A user.</summary>
    public Task<User> GetUserAsync(string userId, CancellationToken cancellationToken = default) =>
        GetAsync<User>($"users/{Escape(userId)}", cancellationToken);

    /// <summary>Users whose id or name begins like this.</summary>
    public Task<UserList> FindUsersAsync(string query, CancellationToken cancellationToken = default) =>
        GetAsync<UserList>("users" + Query(("query", query)), cancellationToken);

    /// <summary>Changes what others see of the caller.</summary>
    public Task<User> UpdateMeAsync(UpdateUser changes, CancellationToken cancellationToken = default) =>
        _rest.CallAsync<User>(HttpMethod.Patch, "users/me", changes, cancellationToken);

    /// <summary>Chooses id and name, for users of an external provider.</summary>
    public Task<User> ChooseMeAsync(UpdateUser me, CancellationToken cancellationToken = default) =>
        _rest.CallAsync<User>(HttpMethod.Put, "users/me", me, cancellationToken);

    /// <summary>Whom the caller blocks.</summary>
    public Task<BlockList> GetBlocksAsync(CancellationToken cancellationToken = default) =>
        GetAsync<BlockList>("users/me/blocks", cancellationToken);

    /// <summary>Blocks somebody.</summary>
    public Task BlockAsync(string userId, CancellationToken cancellationToken = default) =>
        _rest.CallAsync(HttpMethod.Put, $"users/me/blocks/{Escape(userId)}", null, cancellationToken);

    /// <summary>Takes a block back.</summary>
    public Task UnblockAsync(string userId, CancellationToken cancellationToken = default) =>
        DeleteAsync($"users/me/blocks/{Escape(userId)}", cancellationToken);

    /// <summary>Whether somebody is there.</summary>
    public Task<UserPresence> GetPresenceAsync(string userId, CancellationToken cancellationToken = default) =>
        GetAsync<UserPresence>($"users/{Escape(userId)}/presence", cancellationToken);

    private Task<T> GetAsync<T>(string path, CancellationToken cancellationToken) =>
        _rest.CallAsync<T>(HttpMethod.Get, path, null, cancellationToken);

    private Task DeleteAsync(string path, CancellationToken cancellationToken) =>
        _rest.CallAsync(HttpMethod.Delete, path, null, cancellationToken);

    private static string Escape(string part) => Uri.EscapeDataString(part);

    private static string Query(params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var query = new System.Text.StringBuilder();
        foreach (var (name, value) in parameters)
        {
            if (value is not null)
            {
                var text = Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture)!;
                query.Append(query.Length == 0 ? '?' : '&').Append(name).Append('=').Append(Escape(text));
            }
        }
        return query.ToString();
    }
}
