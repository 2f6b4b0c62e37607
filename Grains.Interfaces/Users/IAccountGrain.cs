using Orleans.Chat.Protocol;

namespace Orleans.Chat.Grains.Interfaces.Users;

/// <summary>One user's account: password, sessions, profile, blocks. Key: the user id.</summary>
/// <remarks>A login for a user that is not there takes as long as one with a wrong password, and answers the same.</remarks>
[Alias("account"), GrainInterfaceType("account")]
public interface IAccountGrain : IGrainWithStringKey
{
    /// <summary>Makes the account and its first session; <c>conflict</c> when the id is taken.</summary>
    [Alias("register")]
    Task<Outcome<Tokens>> Register(Register registration);

    /// <summary>A new session; <c>unauthenticated</c> for a wrong password and an unknown user alike.</summary>
    [Alias("login")]
    Task<Outcome<Tokens>> Login(Login login);

    /// <summary>Rotates a refresh token. A token that was rotated before revokes its session.</summary>
    [Alias("refresh")]
    Task<Outcome<Tokens>> Refresh(string refreshToken);

    /// <summary>The live sessions, newest first.</summary>
    [Alias("sessions")]
    Task<Session[]> Sessions();

    /// <summary>Revokes a session; <c>not_found</c> when there is none of that id.</summary>
    [Alias("revoke")]
    Task<Outcome<Done>> Revoke(string sessionId);

    /// <summary>Makes sure that a session of an external provider is listed; answers its id, or <c>unauthenticated</c> when revoked.</summary>
    [Alias("external-session")]
    Task<Outcome<string>> ExternalSession(string externalId, string? deviceName);

    /// <summary>A ticket that opens one connection of a session in place of an access token: good once, within 60 s. Only memory.</summary>
    [Alias("create-ticket")]
    Task<ConnectionTicket> CreateTicket(string sessionId);

    /// <summary>Uses a ticket up; answers its session's id, or <c>unauthenticated</c>. <see cref="IDirectoryGrain.UserOfRefreshToken"/> tells whose it is.</summary>
    [Alias("redeem-ticket")]
    Task<Outcome<string>> RedeemTicket(string ticket);

    /// <summary>The profile; with <see cref="User.Privacy"/>.</summary>
    [Alias("profile")]
    Task<Outcome<User>> Profile();

    /// <summary>Changes the profile.</summary>
    [Alias("update")]
    Task<Outcome<User>> Update(UpdateUser change);

    /// <summary>Whom this user blocks.</summary>
    [Alias("blocks")]
    Task<string[]> Blocks();

    /// <summary>Blocks or unblocks; holds everywhere when this returns. An unknown user is <c>not_found</c>.</summary>
    [Alias("block")]
    Task<Outcome<Done>> Block(string userId, bool blocked);

    /// <summary>Sets what is this user's alone of a chat.</summary>
    [Alias("preferences")]
    Task<Outcome<Preferences>> SetPreferences(string chatId, Preferences preferences);
}

/// <summary>Reads over many users. Stateless workers.</summary>
[Alias("directory"), GrainInterfaceType("directory")]
public interface IDirectoryGrain : IGrainWithStringKey
{
    /// <summary>Users by the beginning of their id or of a word of their name.</summary>
    [Alias("search")]
    Task<User[]> Search(string query, int limit);

    /// <summary>The user with this id as others see it; null when there is none.</summary>
    [Alias("find")]
    Task<User?> Find(string userId);

    /// <summary>The user that a refresh token or a connection ticket says it is of; null for what cannot be one. Its account decides.</summary>
    [Alias("user-of-refresh")]
    Task<string?> UserOfRefreshToken(string refreshToken);

    /// <summary>The user id that an external subject is mapped to; made at the first use.</summary>
    [Alias("external-user")]
    Task<string> ExternalUser(string issuer, string subject, string? displayName);

    /// <summary>Chooses the id of an external subject that has not chosen yet; <c>conflict</c> when it is taken or chosen before.</summary>
    [Alias("choose-user-id")]
    Task<Outcome<User>> ChooseUserId(string issuer, string subject, string userId, string displayName);

    /// <summary>Sessions revoked since a cursor (0 at first: those of the last access-token lifetime).</summary>
    [Alias("revoked")]
    Task<RevokedSessions> Revoked(long cursor);

    /// <summary>What access tokens are checked with: JSON Web Key Set (RFC 7517), public keys only.</summary>
    [Alias("keys")]
    Task<string> SigningKeys();

    /// <summary>Identifies the history in the database; another one after a restore.</summary>
    [Alias("history-id")]
    Task<string> HistoryId();
}

#pragma warning disable CS1591
[GenerateSerializer, Immutable, Alias("revoked-sessions")]
public sealed record RevokedSessions([property: Id(0)] RevokedSession[] Sessions, [property: Id(1)] long Cursor);

[GenerateSerializer, Immutable, Alias("revoked-session")]
public sealed record RevokedSession([property: Id(0)] string UserId, [property: Id(1)] string SessionId);
