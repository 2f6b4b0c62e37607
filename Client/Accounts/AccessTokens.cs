using System.Text.Json;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Client.Accounts;

/* One refresh at a time, and never one refresh token twice: the server takes the reuse of an old one for theft and revokes the
 * session. So all that need a token wait for the one call under way, and who was refused with a token names it, so that a second
 * refusal of the same token does not refresh again.
 *
 * Who gives up waiting does not stop the call: once the server has rotated the token, an answer that nobody reads ends the session. So
 * the work belongs to nobody's cancellation but the client's end, and the end waits a while for it. */
internal sealed class AccessTokens(ChatClientOptions options, IAuthCalls calls) : IAsyncDisposable
{
    // How long the end waits for a refresh under way.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    // Renewed this long before the end, or for short lives a tenth before it: a request under way should not meet the end.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(60);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly CancellationTokenSource _end = new();
    private HeldTokens? _held;
    private ProvidedToken? _provided;
    private DateTimeOffset _renewAt;
    private bool _loaded;

    /// <summary>The signed-in user, where it is known.</summary>
    public string? UserId => _held?.Tokens.UserId ?? options.UserId ?? options.Credentials?.UserId;

    /// <summary>The tokens held, or null.</summary>
    public Tokens? Current => _held?.Tokens;

    /// <summary>When the token in use should be renewed.</summary>
    public DateTimeOffset RenewAt => _renewAt;

    /// <summary>A token that is good now.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="refused">A token that the server refused: another one is wanted.</param>
    /// <exception cref="ChatProblemException"><c>unauthenticated</c>: nobody is signed in, or the session has ended.</exception>
    public Task<string> GetAsync(CancellationToken cancellationToken, string? refused = null) =>
        GetOnceAsync(refused).WaitAsync(cancellationToken);

    /// <summary>Holds what signing in gave.</summary>
    public Task SetAsync(Tokens? tokens, CancellationToken cancellationToken) => SetOnceAsync(tokens).WaitAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(Patience, options.Time);
        try
        {
            await _gate.WaitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            // The server does not answer; whether it rotated the token is not known.
        }
        await _end.CancelAsync();
    }

    private async Task<string> GetOnceAsync(string? refused)
    {
        await _gate.WaitAsync(_end.Token);
        try
        {
            await LoadAsync(_end.Token);
            var token = _provided?.Value ?? _held?.Tokens.AccessToken;
            if (token is not null && token != refused && options.Time.GetUtcNow() < _renewAt)
                return token;
            return options.TokenProvider is { } provider ? await AskAsync(provider, _end.Token) : await RenewAsync(_end.Token);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task SetOnceAsync(Tokens? tokens)
    {
        await _gate.WaitAsync(_end.Token);
        try
        {
            await HoldAsync(tokens, _end.Token);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        if (_loaded)
            return;
        if (_held is null && options.TokenStore is { } store && await store.LoadAsync(cancellationToken) is { } held)
        {
            _held = held;
            _renewAt = held.ExpiresAt - MarginOf(TimeSpan.FromSeconds(held.Tokens.ExpiresIn));
        }
        _loaded = true;
    }

    private async Task<string> AskAsync(Func<CancellationToken, ValueTask<ProvidedToken>> provider, CancellationToken cancellationToken)
    {
        _provided = await provider(cancellationToken);
        var now = options.Time.GetUtcNow();
        var expires = _provided.ExpiresAt ?? ReadExpiry(_provided.Value) ?? now + TimeSpan.FromMinutes(5);
        _renewAt = expires - MarginOf(expires - now);
        return _provided.Value;
    }

    private async Task<string> RenewAsync(CancellationToken cancellationToken)
    {
        if (_held is { } held)
        {
            try
            {
                return await HoldAsync(await calls.RefreshAsync(held.Tokens.RefreshToken, cancellationToken), cancellationToken);
            }
            catch (ChatProblemException e) when (e.Code is ProblemCodes.Unauthenticated or ProblemCodes.ValidationFailed)
            {
                await HoldAsync(null, cancellationToken);
            }
        }
        if (options.Credentials is { } credentials)
            return await HoldAsync(await calls.LoginAsync(credentials, cancellationToken), cancellationToken);
        throw new ChatProblemException(Problem.Of(ProblemCodes.Unauthenticated, "Nobody is signed in, or the session has ended."));
    }

    private async Task<string> HoldAsync(Tokens? tokens, CancellationToken cancellationToken)
    {
        _loaded = true;
        var life = TimeSpan.FromSeconds(tokens?.ExpiresIn ?? 0);
        var now = options.Time.GetUtcNow();
        var held = tokens is null ? null : new HeldTokens(tokens, now + life);
        if (options.TokenStore is { } store)
            await store.SaveAsync(held, cancellationToken);
        (_held, _renewAt) = (held, now + life - MarginOf(life));
        return tokens?.AccessToken ?? "";
    }

    private static TimeSpan MarginOf(TimeSpan life) => life / 10 < Margin ? life / 10 : Margin;

    private static DateTimeOffset? ReadExpiry(string jwt)
    {
        var parts = jwt.Split('.');
        if (parts.Length != 3)
            return null;
        try
        {
            using var claims = JsonDocument.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(parts[1]));
            return claims.RootElement.TryGetProperty("exp", out var exp) && exp.TryGetInt64(out var seconds)
                ? DateTimeOffset.FromUnixTimeSeconds(seconds)
                : null;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }
}

/// <summary>The calls that give tokens; none of them carries one.</summary>
internal interface IAuthCalls
{
    Task<Tokens> RefreshAsync(string refreshToken, CancellationToken cancellationToken);

    Task<Tokens> LoginAsync(Credentials credentials, CancellationToken cancellationToken);
}
