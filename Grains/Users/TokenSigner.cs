using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Users;

namespace Orleans.Chat.Grains.Users;

/* Access tokens: JWTs after RFC 9068, signed with ES256 by one key for the installation. The key is the file that is configured, or one that
 * the first silo makes and all find in the database (first come wins), so that silos need not be told of each other. Its id is its RFC 7638
 * thumbprint: the same key has the same id everywhere. */
internal sealed class TokenSigner(IInstallationStore installation, IOptions<TokenOptions> options, TimeProvider time) : IDisposable
{
    private const string SecretName = "signing-key";
    private readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false };
    private SigningKey? _key;

    public int LifetimeSeconds => options.Value.AccessTokenSeconds;

    public async ValueTask<string> SignAsync(string userId, string sessionId, CancellationToken cancellationToken)
    {
        var key = await KeyAsync(cancellationToken);
        var now = time.GetUtcNow();
        return _handler.CreateToken(
            new SecurityTokenDescriptor
            {
                TokenType = "at+jwt",
                Issuer = options.Value.Issuer,
                Audience = options.Value.Audience,
                IssuedAt = now.UtcDateTime,
                Expires = now.UtcDateTime.AddSeconds(LifetimeSeconds),
                Claims = new Dictionary<string, object>(StringComparer.Ordinal)
                {
                    [JwtRegisteredClaimNames.Sub] = userId,
                    [JwtRegisteredClaimNames.Sid] = sessionId,
                    [JwtRegisteredClaimNames.Jti] = Ids.New(),
                },
                SigningCredentials = key.Credentials,
            }
        );
    }

    /// <summary>The JSON Web Key Set with the public key.</summary>
    public async ValueTask<string> KeySetAsync(CancellationToken cancellationToken) => (await KeyAsync(cancellationToken)).KeySet;

    public void Dispose() => _key?.Key.Dispose();

    // Two first callers may both load: they get the same key.
    private async ValueTask<SigningKey> KeyAsync(CancellationToken cancellationToken) => _key ??= await LoadAsync(cancellationToken);

    private async Task<SigningKey> LoadAsync(CancellationToken cancellationToken)
    {
        if (options.Value.SigningKeyFile is { Length: > 0 } file)
            return SigningKey.FromPem(await File.ReadAllTextAsync(file, cancellationToken));
        using var candidate = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return SigningKey.FromPem(
            await installation.GetOrAddSecretAsync(SecretName, candidate.ExportPkcs8PrivateKeyPem(), cancellationToken)
        );
    }

    private sealed record SigningKey(ECDsa Key, SigningCredentials Credentials, string KeySet)
    {
        public static SigningKey FromPem(string pem)
        {
            var key = ECDsa.Create();
            key.ImportFromPem(pem);
            if (key.KeySize != 256)
                throw new InvalidOperationException("The signing key must be an EC key on P-256.");
            var point = key.ExportParameters(includePrivateParameters: false).Q;
            var jwk = new SortedDictionary<string, string>(StringComparer.Ordinal)
            {
                ["crv"] = JsonWebKeyECTypes.P256,
                ["kty"] = JsonWebAlgorithmsKeyTypes.EllipticCurve,
                ["x"] = Base64UrlEncoder.Encode(point.X!),
                ["y"] = Base64UrlEncoder.Encode(point.Y!),
            };
            // The thumbprint is taken over exactly these members, in this order.
            var id = Base64UrlEncoder.Encode(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(jwk)));
            jwk["kid"] = id;
            jwk["use"] = "sig";
            jwk["alg"] = SecurityAlgorithms.EcdsaSha256;
            var credentials = new SigningCredentials(new ECDsaSecurityKey(key) { KeyId = id }, SecurityAlgorithms.EcdsaSha256);
            return new SigningKey(key, credentials, JsonSerializer.Serialize(new { keys = new[] { jwk } }));
        }
    }
}
