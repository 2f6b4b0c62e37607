using Microsoft.Extensions.Logging;
using Orleans.Chat.Grains.Delivery;
using Orleans.Chat.Grains.Interfaces.Delivery;
using Orleans.Chat.Grains.Interfaces.Users;
using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Chats;
using Orleans.Chat.Storage.Users;
using Orleans.Concurrency;
using Orleans.Placement;

namespace Orleans.Chat.Grains.Users;

/* Signing in, and what is one user's own. The store is the authority: who registers an id first, which refresh token is the current one.
 * The grain holds connection tickets and nothing else, so calls interleave, and somebody who guesses at passwords keeps nobody waiting.
 *
 * A refresh token is good once. One that comes again was stolen, or its thief was quicker: nobody can tell which, so its session ends for both
 * (RFC 9700, 4.14.2). Of two that come at the same time one is a reuse. */
[GrainType("account"), Reentrant, RandomPlacement]
internal sealed partial class AccountGrain(
    IAccountStore accounts,
    ISessionStore sessions,
    IMemberStore members,
    Passwords passwords,
    TokenSigner signer,
    UserNotifier notifier,
    TimeProvider time,
    ILogger<AccountGrain> logger
) : Grain, IAccountGrain
{
    private static readonly Problem WrongLogin = Problem.Of(ProblemCodes.Unauthenticated, "The user id or the password is wrong.");
    private static readonly Problem BadToken = Problem.Of(ProblemCodes.Unauthenticated, "The token is not valid; sign in again.");
    private static readonly Problem Busy = Problem.Of(ProblemCodes.Overloaded, "Too many sign in at this moment.") with
    {
        RetryAfterMs = 1_000,
    };
    private readonly TicketBook _tickets = new(time);

    private string User => this.GetPrimaryKeyString();

    public async Task<Outcome<Tokens>> Register(Register registration)
    {
        if (await accounts.FindAsync(User, CancellationToken.None) is not null)
            return Taken();
        if (await passwords.HashAsync(registration.Password ?? "") is not { } hash)
            return Busy;
        var user = new UserRow
        {
            UserId = User,
            DisplayName = registration.DisplayName ?? User,
            PasswordHash = hash,
            CreatedAt = time.GetUtcNow(),
        };
        return await accounts.CreateAsync(user, CancellationToken.None) ? await NewSessionAsync(registration.DeviceName) : Taken();
    }

    public async Task<Outcome<Tokens>> Login(Login login)
    {
        var password = login.Password ?? "";
        var user = await accounts.FindAsync(User, CancellationToken.None);
        switch (await passwords.CheckAsync(user?.PasswordHash, password))
        {
            case PasswordCheck.Wrong:
                return WrongLogin;
            case PasswordCheck.Busy:
                return Busy;
            case PasswordCheck.RightButOld when await passwords.HashAsync(password) is { } hash:
                await accounts.SetPasswordHashAsync(User, hash, CancellationToken.None);
                break;
        }
        return await NewSessionAsync(login.DeviceName);
    }

    public async Task<Outcome<Tokens>> Refresh(string refreshToken)
    {
        var hash = OpaqueTokens.Hash(refreshToken);
        if (await sessions.FindByRefreshAsync(User, hash, CancellationToken.None) is not { Session: { RevokedAt: null } session } found)
            return BadToken;
        if (!string.Equals(session.UserId, User, StringComparison.Ordinal))
            return BadToken;
        var next = OpaqueTokens.NewRefresh(User, session.SessionId);
        var rotated =
            found.Current
            && await sessions.RotateAsync(User, session.SessionId, hash, OpaqueTokens.Hash(next), time.GetUtcNow(), CancellationToken.None);
        if (rotated)
            return await TokensAsync(session.SessionId, next);
        if ((await Revoke(session.SessionId)).Ok)
            Log.RefreshReused(logger, session.SessionId);
        return BadToken;
    }

    public async Task<Session[]> Sessions() =>
        [
            .. (await sessions.ListAsync(User, CancellationToken.None)).Select(s => new Session
            {
                SessionId = s.SessionId,
                DeviceName = s.DeviceName,
                CreatedAt = s.CreatedAt,
                LastUsedAt = s.LastUsedAt,
            }),
        ];

    public async Task<Outcome<Done>> Revoke(string sessionId)
    {
        _tickets.Forget(sessionId);
        if (!await sessions.RevokeAsync(User, sessionId, time.GetUtcNow(), CancellationToken.None))
            return Problem.NotFound;
        _tickets.Forget(sessionId);
        await notifier.TellAsync(User, new CloseSession(User, sessionId));
        return default(Done);
    }

    public async Task<Outcome<string>> ExternalSession(string externalId, string? deviceName)
    {
        var now = time.GetUtcNow();
        var session = new SessionRow
        {
            UserId = User,
            SessionId = Ids.New(),
            DeviceName = deviceName,
            CreatedAt = now,
            LastUsedAt = now,
        };
        var known = await sessions.ExternalAsync(session, externalId, CancellationToken.None);
        return known.RevokedAt is null ? known.SessionId : BadToken;
    }

    public Task<ConnectionTicket> CreateTicket(string sessionId)
    {
        var ticket = OpaqueTokens.NewTicket(User);
        _tickets.Add(ticket, sessionId);
        DelayDeactivation(TimeSpan.FromSeconds(2 * TicketBook.LifetimeSeconds));
        return Task.FromResult(new ConnectionTicket { Ticket = ticket, ExpiresIn = TicketBook.LifetimeSeconds });
    }

    public Task<Outcome<string>> RedeemTicket(string ticket) =>
        Task.FromResult<Outcome<string>>(_tickets.Take(ticket) is { } session ? session : BadToken);

    private async Task<Tokens> NewSessionAsync(string? deviceName)
    {
        var now = time.GetUtcNow();
        var session = new SessionRow
        {
            UserId = User,
            SessionId = Ids.New(),
            DeviceName = deviceName,
            CreatedAt = now,
            LastUsedAt = now,
        };
        var refresh = OpaqueTokens.NewRefresh(User, session.SessionId);
        await sessions.CreateAsync(session, OpaqueTokens.Hash(refresh), CancellationToken.None);
        return await TokensAsync(session.SessionId, refresh);
    }

    private async Task<Tokens> TokensAsync(string sessionId, string refresh) =>
        new()
        {
            UserId = User,
            SessionId = sessionId,
            AccessToken = await signer.SignAsync(User, sessionId, CancellationToken.None),
            RefreshToken = refresh,
            ExpiresIn = signer.LifetimeSeconds,
        };

    private static Problem Taken() => Problem.Of(ProblemCodes.Conflict, "The user id is taken.");

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "A refresh token of session {Session} was used again; the session is revoked")]
        public static partial void RefreshReused(ILogger logger, string session);
    }
}
