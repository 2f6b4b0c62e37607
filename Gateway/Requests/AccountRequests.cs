using Microsoft.Extensions.Options;
using Orleans.Chat.Gateway.Auth;
using Orleans.Chat.Gateway.Validation;
using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Requests;

/* Accounts and sessions. A login asks the account whether or not there is one: it takes as long, and answers the same, for an unknown user
 * and a wrong password; nothing here may answer earlier. */
internal sealed class AccountRequests(
    ChatCalls calls,
    Identities identities,
    ISessionEndings endings,
    IOptions<AuthOptions> options,
    TimeProvider time
)
{
    private static Problem BadToken { get; } = Problem.Of(ProblemCodes.Unauthenticated, "The token is not valid; sign in again.");

    /// <summary>Not repeated when the outcome is not known: the repeat would find the id taken.</summary>
    public async Task<Outcome<Tokens>> RegisterAsync(Register request)
    {
        if (AccountRules.Register(request) is { } problem)
            return problem;
        return External is { } external ? external : await calls.AskAsync(g => g.Account(request.UserId!).Register(request));
    }

    public async Task<Outcome<Tokens>> LoginAsync(Login request)
    {
        if (AccountRules.Login(request) is { } problem)
            return problem;
        return External is { } external ? external : await calls.AskAsync(g => g.Account(request.UserId!).Login(request));
    }

    /// <summary>Not repeated when the outcome is not known: a token that comes twice was stolen.</summary>
    public async Task<Outcome<Tokens>> RefreshAsync(RefreshTokens request)
    {
        if ((AccountRules.Refresh(request) ?? External) is { } problem)
            return problem;
        var user = await calls.ReadAsync(g => g.Directory().UserOfRefreshToken(request.RefreshToken!));
        if (user.Problem is { } failed)
            return failed;
        return user.Value is { } userId ? await calls.AskAsync(g => g.Account(userId).Refresh(request.RefreshToken!)) : BadToken;
    }

    public async Task<Outcome<SessionList>> SessionsAsync(Caller caller)
    {
        var sessions = await calls.ReadAsync(g => g.Account(caller.UserId).Sessions());
        return sessions.Problem is { } problem
            ? problem
            : new SessionList { Sessions = [.. sessions.Value!.Select(s => s with { Current = s.SessionId == caller.SessionId })] };
    }

    /// <summary>The session's tokens and connections end here at once, and elsewhere when the cluster tells.</summary>
    public async Task<Outcome<Done>> RevokeAsync(Caller caller, string sessionId)
    {
        var outcome = await calls.AskAsync(g => g.Account(caller.UserId).Revoke(sessionId), repeatable: true);
        if (outcome.Ok)
            endings.End(caller.UserId, sessionId);
        return outcome;
    }

    /// <summary>A session that is gone already is what was asked for.</summary>
    public async Task<Outcome<Done>> LogoutAsync(Caller caller)
    {
        var outcome = await RevokeAsync(caller, caller.SessionId);
        return outcome.Problem is { Code: ProblemCodes.NotFound } ? default(Done) : outcome;
    }

    public Task<Outcome<ConnectionTicket>> TicketAsync(Caller caller) =>
        calls.ReadAsync(g => g.Account(caller.UserId).CreateTicket(caller.SessionId));

    /// <summary>A connection shows a newer token, which must be of the same user and session.</summary>
    public async Task<Outcome<Identity>> ReauthenticateAsync(Caller caller, Reauthenticate request, CancellationToken cancellationToken)
    {
        if (AccountRules.Reauthenticate(request) is { } problem)
            return problem;
        var own = options.Value.Authority is { Length: > 0 } ? null : options.Value.Issuer;
        var identity = await identities.FromTokenAsync(request.AccessToken!, own, cancellationToken);
        if (identity.Problem is { } bad)
            return bad;
        return identity.Value!.Caller == caller ? identity : Problem.Forbidden("The token is of another session.");
    }

    public int SecondsLeft(Identity identity) => (int)Math.Max(0, (identity.ExpiresAt - time.GetUtcNow()).TotalSeconds);

    /// <summary>Where a provider issues the tokens, nobody gets them here.</summary>
    private Problem? External =>
        options.Value.Authority is { Length: > 0 } ? Problem.Forbidden("Sign in with the identity provider.") : null;
}
