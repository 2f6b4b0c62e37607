using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Orleans.Chat.Gateway.Validation;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Auth;

/// <summary>What an access token says, once it was found genuine.</summary>
internal sealed record TokenClaims(string Subject, string SessionKey, DateTimeOffset ExpiresAt, string Issuer, string? Name);

/* After RFC 8725: the algorithm is ours to say, not the token's; type, issuer, audience and expiry are required; keys come from the issuer
 * that is configured, and whatever the header offers (jwk, jku, x5u, x5c) is not looked at. A fault in reaching the issuer is a fault, and
 * not a bad token. */
internal sealed class AccessTokens(ITokenKeys keys, VerifiedTokens verified, IOptions<AuthOptions> options, TimeProvider time)
{
    private const int MaxLength = 16_384;

    /// <summary>OpenID Connect Core 1.0, 2: a subject is no longer. What is, or cannot be stored, is no name for anybody.</summary>
    private const int MaxSubject = 255;
    private const int MaxName = 255;
    private static readonly string[] OwnAlgorithms = [SecurityAlgorithms.EcdsaSha256];
    private static readonly string[] OwnTypes = ["at+jwt"];
    private static readonly string[] ExternalTypes = ["at+jwt", "application/at+jwt", "JWT"];
    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = MaxLength };

    private bool External => options.Value.Authority is { Length: > 0 };

    /// <summary>What the token says; null when it is not good.</summary>
    public async ValueTask<TokenClaims?> ReadAsync(string token, CancellationToken cancellationToken)
    {
        if (token.Length > MaxLength)
            return null;
        if (verified.Find(token) is { } known && await StillGoodAsync(known, cancellationToken))
            return known.Claims;
        if (Parse(token) is not { } parsed)
            return null;
        var issuer = await keys.KeysAsync(KeyId(parsed.Kid), cancellationToken);
        var result = await _handler.ValidateTokenAsync(parsed, Parameters(issuer));
        if (!result.IsValid || IsIdToken(parsed) || Claims(parsed, token) is not { } claims)
            return null;
        if (parsed.SigningKey is { } key)
            verified.Keep(token, new VerifiedToken(claims, key, parsed.ValidFrom, parsed.ValidTo));
        return claims;
    }

    /// <summary>Whether its time is not over, and the key that it was verified with is one of the issuer's today.</summary>
    private async ValueTask<bool> StillGoodAsync(VerifiedToken known, CancellationToken cancellationToken) =>
        IsInTime(known.NotBefore, known.Expires)
        && (await keys.KeysAsync(KeyId(known.Key.KeyId), cancellationToken)).Keys.Any(k => ReferenceEquals(k, known.Key));

    private static string? KeyId(string? kid) => kid is { Length: > 0 } ? kid : null;

    /// <summary>
    /// An ID token tells a client who signed in, and opens nothing (RFC 9068, 5). Providers that call both JWT tell them apart by the audience; where a
    /// client and this API share one, by what only an ID token has (OpenID Connect Core 1.0, 3.3.2.11).
    /// </summary>
    private static bool IsIdToken(JsonWebToken token) =>
        token.TryGetPayloadValue<string>(JwtRegisteredClaimNames.AtHash, out _)
        || token.TryGetPayloadValue<string>(JwtRegisteredClaimNames.CHash, out _);

    private static JsonWebToken? Parse(string token)
    {
        try
        {
            var parsed = new JsonWebToken(token);
            // An encrypted token has five parts; nobody issues us one.
            return parsed.IsEncrypted ? null : parsed;
        }
        catch (Exception malformed) when (malformed is ArgumentException or SecurityTokenException or FormatException)
        {
            return null;
        }
    }

    private TokenValidationParameters Parameters(IssuerKeys issuer) =>
        new()
        {
            ValidAlgorithms =
                !External ? OwnAlgorithms
                : options.Value.ExternalAlgorithms.Count > 0 ? options.Value.ExternalAlgorithms
                : ExternalAlgorithmsValidator.Default,
            ValidTypes = External ? ExternalTypes : OwnTypes,
            ValidIssuer = issuer.Issuer,
            ValidAudience = options.Value.Audience,
            IssuerSigningKeys = issuer.Keys,
            TryAllIssuerSigningKeys = false,
            RequireExpirationTime = true,
            RequireSignedTokens = true,
            LifetimeValidator = (notBefore, expires, _, _) => IsInTime(notBefore, expires),
        };

    private bool IsInTime(DateTime? notBefore, DateTime? expires)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var skew = TimeSpan.FromSeconds(options.Value.ClockSkewSeconds);
        // Added to now and not to the token's times, which may be the last or the first that there are.
        return expires is { } end && now - skew < end && (notBefore is not { } start || now + skew >= start);
    }

    private TokenClaims? Claims(JsonWebToken parsed, string token)
    {
        if (parsed.Subject is not { Length: > 0 and <= MaxSubject } subject || !Unicode.IsSound(subject))
            return null;
        var session = Text(parsed, JwtRegisteredClaimNames.Sid);
        if (!External)
        {
            if (!Ids.IsValid(subject) || !Ids.IsValid(session))
                return null;
        }
        else
        {
            // A provider's token without sid and jti is still one token of one session: its hash stands for it.
            session = Key(session ?? (parsed.Id is { Length: > 0 } id ? id : token));
        }
        return new TokenClaims(subject, session!, new DateTimeOffset(parsed.ValidTo, TimeSpan.Zero), parsed.Issuer, Name(parsed));
    }

    /// <summary>A provider's name for a session as one that can be stored and looked for.</summary>
    private static string Key(string session) =>
        session.Length <= MaxSubject && Unicode.IsSound(session)
            ? session
            : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(session)));

    /// <summary>A display name as a user could have given it; null where there is none.</summary>
    private static string? Name(JsonWebToken token)
    {
        if (Text(token, "name") is not { } name || string.IsNullOrWhiteSpace(name) || !Unicode.IsSound(name))
            return null;
        if (name.Length <= MaxName)
            return name;
        return name[..(char.IsHighSurrogate(name[MaxName - 1]) ? MaxName - 1 : MaxName)];
    }

    private static string? Text(JsonWebToken token, string claim) =>
        token.TryGetPayloadValue<string>(claim, out var value) && value is { Length: > 0 } ? value : null;
}
