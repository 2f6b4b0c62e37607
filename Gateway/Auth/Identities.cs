using System.Collections.Concurrent;
using Orleans.Chat.Gateway.Requests;
using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Auth;

/* From a token to a user and a session. Our own tokens name both. A provider's names neither: its subject is mapped by the directory and its
 * session by the account, and the mapping is kept for a minute, so that a choice of id, or a revocation, on another gateway is seen soon. */
internal sealed class Identities(AccessTokens tokens, ISessionEndings endings, ChatCalls calls, TimeProvider time)
{
    private const int MaxMapped = 100_000;
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<ExternalSubject, (Caller Caller, long At)> _mapped = new();

    private static Problem BadToken { get; } = Problem.Of(ProblemCodes.Unauthenticated, "The access token is not valid.");

    /// <summary>Whose token this is, if its session has not ended.</summary>
    public async Task<Outcome<Identity>> FromTokenAsync(string token, string? issuerOfOwn, CancellationToken cancellationToken)
    {
        if (await tokens.ReadAsync(token, cancellationToken) is not { } claims)
            return BadToken;
        if (claims.Issuer == issuerOfOwn)
            return Live(new Identity(new Caller(claims.Subject, claims.SessionKey), claims.ExpiresAt));
        var external = new ExternalSubject(claims.Issuer, claims.Subject, claims.SessionKey, claims.Name);
        var caller = await MapAsync(external);
        return caller.Problem is { } problem ? problem : Live(new Identity(caller.Value, claims.ExpiresAt, external));
    }

    /// <summary>The subject's id changed.</summary>
    public void Forget(string issuer, string subject)
    {
        foreach (var external in _mapped.Keys)
        {
            if (external.Issuer == issuer && external.Subject == subject)
                _mapped.TryRemove(external, out _);
        }
    }

    private Outcome<Identity> Live(Identity identity) =>
        endings.HasEnded(identity.Caller.UserId, identity.Caller.SessionId)
            ? Problem.Of(ProblemCodes.Unauthenticated, "The session has ended.")
            : identity;

    private async Task<Outcome<Caller>> MapAsync(ExternalSubject external)
    {
        if (_mapped.TryGetValue(external, out var known) && time.GetElapsedTime(known.At) < Kept)
            return known.Caller;
        var user = await calls.ReadAsync(g => g.Directory().ExternalUser(external.Issuer, external.Subject, external.Name));
        if (user.Problem is { } unreached)
            return unreached;
        var session = await calls.AskAsync(g => g.Account(user.Value!).ExternalSession(external.SessionKey, null), repeatable: true);
        if (session.Problem is { } problem)
            return problem;
        if (_mapped.Count >= MaxMapped)
            _mapped.Clear();
        var caller = new Caller(user.Value!, session.Value!);
        _mapped[external] = (caller, time.GetTimestamp());
        return caller;
    }
}
