using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;
using Orleans.Chat.Gateway.Auth;

namespace Orleans.Chat.Gateway.Tests.Auth;

/// <summary>Makes access tokens, good ones and all kinds of bad ones, byte by byte: a library would refuse to.</summary>
internal sealed class Issuer : ITokenKeys, IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly CountingKey _counted;
    private SecurityKey _shown;

    public Issuer()
    {
        _counted = new CountingKey(_key.ExportParameters(includePrivateParameters: false));
        _shown = new ECDsaSecurityKey(_counted) { KeyId = KeyId };
    }

    /// <summary>How many signatures were verified with its first key.</summary>
    public int Verified => _counted.Verified;

    public string KeyId { get; } = "key-1";

    public Dictionary<string, object> Header() =>
        new(StringComparer.Ordinal)
        {
            ["alg"] = "ES256",
            ["typ"] = "at+jwt",
            ["kid"] = KeyId,
        };

    public static Dictionary<string, object> Payload(DateTimeOffset now) =>
        new(StringComparer.Ordinal)
        {
            ["iss"] = "orleans-chat",
            ["aud"] = "orleans-chat",
            ["sub"] = "alice",
            ["sid"] = "session-1",
            ["jti"] = "token-1",
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = now.AddMinutes(10).ToUnixTimeSeconds(),
        };

    public string Token(DateTimeOffset now, Action<Dictionary<string, object>, Dictionary<string, object>>? spoil = null, ECDsa? key = null)
    {
        var (header, payload) = (Header(), Payload(now));
        spoil?.Invoke(header, payload);
        var text = $"{Encode(header)}.{Encode(payload)}";
        var signature = (header["alg"] as string) switch
        {
            "none" => [],
            // The classic: the public key, as text, as the secret of an HMAC.
            "HS256" => HMACSHA256.HashData(Encoding.UTF8.GetBytes(_key.ExportSubjectPublicKeyInfoPem()), Encoding.ASCII.GetBytes(text)),
            _ => (key ?? _key).SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256),
        };
        return $"{text}.{Base64UrlEncoder.Encode(signature)}";
    }

    public ValueTask<IssuerKeys> KeysAsync(string? keyId, CancellationToken cancellationToken) =>
        new(new IssuerKeys("orleans-chat", [_shown]));

    /// <summary>From now on another key is shown under the same id.</summary>
    public void ReplaceKey() => _shown = new ECDsaSecurityKey(ECDsa.Create(ECCurve.NamedCurves.nistP256)) { KeyId = KeyId };

    public static object Jwk(ECDsa key)
    {
        var q = key.ExportParameters(includePrivateParameters: false).Q;
        return new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["kty"] = "EC",
            ["crv"] = "P-256",
            ["x"] = Base64UrlEncoder.Encode(q.X!),
            ["y"] = Base64UrlEncoder.Encode(q.Y!),
        };
    }

    public void Dispose()
    {
        _key.Dispose();
        _counted.Dispose();
    }

    private static string Encode(object json) => Base64UrlEncoder.Encode(JsonSerializer.SerializeToUtf8Bytes(json));

    private sealed class CountingKey(ECParameters key) : ECDsa
    {
        private readonly ECDsa _key = Create(key);
        private int _verified;

        public int Verified => _verified;

        public override int KeySize => _key.KeySize;

        public override ECParameters ExportParameters(bool includePrivateParameters) => _key.ExportParameters(includePrivateParameters);

        public override byte[] SignHash(byte[] hash) => throw new NotSupportedException();

        public override bool VerifyHash(byte[] hash, byte[] signature)
        {
            Interlocked.Increment(ref _verified);
            return _key.VerifyHash(hash, signature);
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _key.Dispose();
            base.Dispose(disposing);
        }
    }
}
