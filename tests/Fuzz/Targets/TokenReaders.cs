using System.Buffers.Text;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Orleans.Chat.Gateway;
using Orleans.Chat.Gateway.Auth;
using Orleans.Chat.Gateway.Requests;
using Orleans.Chat.Grains.Users;
using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Fuzz.Targets;

/// <summary>What reads access tokens and tickets at a gateway, with a silo's signer behind it, a key that is always the same, and a clock that stands still.</summary>
internal sealed class TokenReaders
{
    private const string Audience = "orleans-chat";
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly IOptions<AuthOptions> Own = Options.Create(new AuthOptions());
    private static readonly IOptions<AuthOptions> Provided = Options.Create(new AuthOptions { Authority = ProviderKeys.Issuer });
    private static readonly VerifiedTokens OwnVerified = new();
    private static readonly VerifiedTokens ProvidedVerified = new();
    private readonly FakeTimeProvider _time = new(Now);
    private readonly ECDsa _key = FixedKey();
    private readonly Func<string> _newAccess;
    private readonly AccessTokens _access;
    private readonly AccessTokens _external;
    private readonly GatewayMetrics _metrics = new(new Meters());

    public TokenReaders()
    {
        var signer = new TokenSigner(new FixedInstallation(_key.ExportPkcs8PrivateKeyPem()), Options.Create(new TokenOptions()), _time);
        var keys = new SiloTokenKeys(() => signer.KeySetAsync(CancellationToken.None).AsTask(), Own, _time);
        _newAccess = () => Done(signer.SignAsync("alice", "session-1", CancellationToken.None));
        _access = new AccessTokens(keys, OwnVerified, Own, _time);
        _external = new AccessTokens(new ProviderKeys(_key), ProvidedVerified, Provided, _time);
    }

    public Reading Access(string token)
    {
        if (Done(_access.ReadAsync(token, CancellationToken.None)) is not { } claims)
            return Reading.Refused;
        MustBeSigned(token);
        return Ids.IsValid(claims.Subject) && Ids.IsValid(claims.SessionKey) && claims.Issuer == Own.Value.Issuer && InTime(claims)
            ? Reading.Taken
            : throw new FindingException($"{claims} was taken.");
    }

    public Reading External(string token)
    {
        if (Done(_external.ReadAsync(token, CancellationToken.None)) is not { } claims)
            return Reading.Refused;
        MustBeSigned(token);
        return
            claims is { Subject.Length: > 0 and <= 255, SessionKey.Length: > 0 and <= 255, Issuer: ProviderKeys.Issuer } && InTime(claims)
            ? Reading.Taken
            : throw new FindingException($"{claims} was taken.");
    }

    /// <summary>A ticket as the hub's request shows it; every account says that it knows it.</summary>
    public Reading Ticket(string ticket)
    {
        if (!HubTickets.LooksLikeTicket(ticket))
            return Reading.Refused;
        var tickets = new HubTickets(new ChatCalls(AnyAccount.Grains, _metrics, _time), NoEndings.Instance, Own, _time);
        var identity = Done(new ValueTask<Outcome<Identity>>(tickets.UseAsync(ticket, negotiating: false, connection: null)));
        if (identity.Value is not { } shown)
            return Reading.Refused;
        // Gateway and silo read the user out of it each for itself.
        return shown.Caller.UserId == OpaqueTokens.UserOf(ticket)
            ? Reading.Taken
            : throw new FindingException($"The gateway asks {shown.Caller.UserId}, the silo {OpaqueTokens.UserOf(ticket)}.");
    }

    public string NewAccess() => _newAccess();

    public string NewExternal() =>
        Signed(
            Encoding.UTF8.GetBytes(
                $$"""
                {"alg":"ES256","typ":"JWT","kid":"{{ProviderKeys.KeyId}}"}
                {"iss":"{{ProviderKeys.Issuer}}","aud":["{{Audience}}"],"sub":"Al ice","name":"Alice","exp":{{Now.ToUnixTimeSeconds()
                    + 600}}}
                """
            )
        );

    /// <summary>Header and payload, each a line, as a token with a good signature.</summary>
    public string Signed(ReadOnlySpan<byte> lines)
    {
        var end = lines.IndexOf((byte)'\n');
        var header = end < 0 ? lines : lines[..end];
        var payload = end < 0 ? default : lines[(end + 1)..];
        var signed = $"{Base64Url.EncodeToString(header)}.{Base64Url.EncodeToString(payload)}";
        return $"{signed}.{Base64Url.EncodeToString(_key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256))}";
    }

    /// <summary>Header and payload of a token, each a line.</summary>
    public static string Inside(string token)
    {
        var parts = token.Split('.');
        return $"{Decoded(parts[0])}\n{Decoded(parts[1])}";
    }

    public static string Encoded(ReadOnlySpan<byte> text) => Base64Url.EncodeToString(text);

    public static string Encoded(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    public static string Decoded(string text) => Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text));

    public static ChatListRow Row(string chatId, long key) =>
        new(
            new ChatRow
            {
                ChatId = chatId,
                Type = ChatTypes.Group,
                Settings = new ChatSettings(),
                CreatedAt = Now,
                UpdatedAt = Now,
                HeadSeq = key,
            },
            null,
            0,
            new Preferences(),
            null
        );

    private void MustBeSigned(string token)
    {
        var end = token.LastIndexOf('.');
        var signature = Base64Url.DecodeFromChars(token.AsSpan(end + 1));
        if (!_key.VerifyData(Encoding.UTF8.GetBytes(token[..end]), signature, HashAlgorithmName.SHA256))
            throw new FindingException("A token was taken that is not signed.");
    }

    private static bool InTime(TokenClaims claims) => claims.ExpiresAt > Now.AddSeconds(-Own.Value.ClockSkewSeconds);

    /// <summary>Nothing here waits for anything; what runs is the caller's, so that it is measured.</summary>
    private static T Done<T>(ValueTask<T> task)
    {
        if (!task.IsCompleted)
            throw new InvalidOperationException("The reading waits for something.");
#pragma warning disable MA0042, VSTHRD002, VSTHRD103 // It is complete.
        return task.GetAwaiter().GetResult();
#pragma warning restore MA0042, VSTHRD002, VSTHRD103
    }

    private static ECDsa FixedKey() =>
        ECDsa.Create(
            new ECParameters
            {
                Curve = ECCurve.NamedCurves.nistP256,
                D = SHA256.HashData(Encoding.UTF8.GetBytes(Now.ToString("O", CultureInfo.InvariantCulture))),
            }
        );

    private sealed class Meters : IMeterFactory
    {
        public Meter Create(MeterOptions options) => new(options);

        public void Dispose() { }
    }
}
