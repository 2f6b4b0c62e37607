using System.Globalization;
using System.Security.Claims;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Auth;

/// <summary>Who asks: a user on one of its sessions.</summary>
internal readonly record struct Caller(string UserId, string SessionId);

/// <summary>What a token or a ticket proves. A user of an external provider also has the provider's name for it.</summary>
internal sealed record Identity(Caller Caller, DateTimeOffset ExpiresAt, ExternalSubject? External = null);

/// <summary>A subject of an OpenID Connect provider.</summary>
internal sealed record ExternalSubject(string Issuer, string Subject, string SessionKey, string? Name);

/// <summary>An identity as ASP.NET carries it.</summary>
internal static class Principals
{
    public const string Scheme = "Bearer";
    private const string Sid = "sid";
    private const string Expires = "expires_at";
    private const string Issuer = "ext_iss";
    private const string Subject = "ext_sub";

    public static ClaimsPrincipal ToPrincipal(this Identity identity)
    {
        var claims = new List<Claim>
        {
            new(ClaimTypes.NameIdentifier, identity.Caller.UserId),
            new(Sid, identity.Caller.SessionId),
            new(Expires, identity.ExpiresAt.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture)),
        };
        if (identity.External is { } external)
            claims.AddRange([new Claim(Issuer, external.Issuer), new Claim(Subject, external.Subject)]);
        return new ClaimsPrincipal(new ClaimsIdentity(claims, Scheme));
    }

    public static Caller ToCaller(this ClaimsPrincipal? principal) =>
        principal?.FindFirstValue(ClaimTypes.NameIdentifier) is { Length: > 0 } user && principal.FindFirstValue(Sid) is { } session
            ? new Caller(user, session)
            : throw new ProblemException(Problem.Of(ProblemCodes.Unauthenticated, "Sign in first."));

    public static DateTimeOffset ExpiresAt(this ClaimsPrincipal principal) =>
        DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(principal.FindFirstValue(Expires) ?? "0", CultureInfo.InvariantCulture));

    /// <summary>Issuer and subject of a user of an external provider; null for one of our own.</summary>
    public static (string Issuer, string Subject)? ExternalSubject(this ClaimsPrincipal principal) =>
        principal.FindFirstValue(Issuer) is { } issuer && principal.FindFirstValue(Subject) is { } subject ? (issuer, subject) : null;
}
