using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;
using Orleans.Chat.LocalCluster;

namespace Orleans.Chat.Gateway.Tests.Oidc;

using Claims = Dictionary<string, object>;

/// <summary>A small OpenID Connect provider on loopback: its discovery document, its keys, and tokens, good ones and all kinds of bad ones.</summary>
public sealed class OidcProvider : IAsyncDisposable
{
    private readonly Uri _address = new($"http://127.0.0.1:{FreePorts.Take()}");
    private readonly List<(string Id, AsymmetricAlgorithm Key)> _keys = [];
    private WebApplication? _app;
    private int _made;

    public OidcProvider() => Rotate();

    public const string Audience = "chat-api";

    public string Authority => _address.GetLeftPart(UriPartial.Authority);

    public int Port => _address.Port;

    /// <summary>The newest key's name.</summary>
    public string RsaKey => _keys.Last(k => k.Key is RSA).Id;

    public string EcKey => _keys.Last(k => k.Key is ECDsa).Id;

    /// <summary>New keys in place of all that were.</summary>
    public void Rotate()
    {
        lock (_keys)
        {
            _keys.Clear();
            _keys.Add(($"rsa-{++_made}", RSA.Create(2048)));
            _keys.Add(($"ec-{_made}", ECDsa.Create(ECCurve.NamedCurves.nistP256)));
        }
    }

    public async Task StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(Authority);
        _app = builder.Build();
        _app.MapGet(
            "/.well-known/openid-configuration",
            () =>
                Results.Text(
                    JsonSerializer.Serialize(
                        new
                        {
                            issuer = Authority,
                            jwks_uri = Authority + "/jwks",
                            authorization_endpoint = Authority + "/authorize",
                            token_endpoint = Authority + "/token",
                            response_types_supported = new[] { "code" },
                            subject_types_supported = new[] { "public" },
                            id_token_signing_alg_values_supported = new[] { "RS256", "ES256" },
                        }
                    ),
                    "application/json"
                )
        );
        _app.MapGet("/jwks", () => Results.Text(KeySet(), "application/json"));
        await _app.StartAsync();
    }

    public async Task StopAsync()
    {
        if (_app is not null)
            await _app.DisposeAsync();
        _app = null;
    }

    /// <summary>A token for the chat server; <paramref name="spoil"/> gets its header and payload before they are signed.</summary>
    public string Token(string subject, string? sid = null, Action<Claims, Claims>? spoil = null, string alg = "RS256")
    {
        var now = TimeProvider.System.GetUtcNow();
        var header = new Claims(StringComparer.Ordinal)
        {
            ["alg"] = alg,
            ["typ"] = "JWT",
            ["kid"] = alg == "ES256" ? EcKey : RsaKey,
        };
        var payload = new Claims(StringComparer.Ordinal)
        {
            ["iss"] = Authority,
            ["aud"] = Audience,
            ["sub"] = subject,
            ["jti"] = Guid.CreateVersion7().ToString(),
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = now.AddHours(1).ToUnixTimeSeconds(),
        };
        if (sid is not null)
            payload["sid"] = sid;
        spoil?.Invoke(header, payload);
        var text = $"{Encode(header)}.{Encode(payload)}";
        return $"{text}.{Base64UrlEncoder.Encode(Sign((string)header["alg"], Encoding.ASCII.GetBytes(text)))}";
    }

    public ValueTask DisposeAsync() => new(StopAsync());

    private byte[] Sign(string alg, byte[] text)
    {
        lock (_keys)
        {
            var rsa = (RSA)_keys.Last(k => k.Key is RSA).Key;
            return alg switch
            {
                "RS256" => rsa.SignData(text, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
                "ES256" => ((ECDsa)_keys.Last(k => k.Key is ECDsa).Key).SignData(text, HashAlgorithmName.SHA256),
                // The classic: the public key, as text, as the secret of an HMAC.
                "HS256" => HMACSHA256.HashData(Encoding.UTF8.GetBytes(rsa.ExportSubjectPublicKeyInfoPem()), text),
                _ => [],
            };
        }
    }

    private string KeySet()
    {
        lock (_keys)
            return JsonSerializer.Serialize(new { keys = _keys.Select(Jwk) });
    }

    private static Claims Jwk((string Id, AsymmetricAlgorithm Key) key)
    {
        var jwk = new Claims(StringComparer.Ordinal) { ["kid"] = key.Id, ["use"] = "sig" };
        if (key.Key is RSA rsa)
        {
            var parts = rsa.ExportParameters(includePrivateParameters: false);
            (jwk["kty"], jwk["n"], jwk["e"]) = ("RSA", Base64UrlEncoder.Encode(parts.Modulus!), Base64UrlEncoder.Encode(parts.Exponent!));
        }
        else
        {
            var point = ((ECDsa)key.Key).ExportParameters(includePrivateParameters: false).Q;
            (jwk["kty"], jwk["crv"]) = ("EC", "P-256");
            (jwk["x"], jwk["y"]) = (Base64UrlEncoder.Encode(point.X!), Base64UrlEncoder.Encode(point.Y!));
        }
        return jwk;
    }

    private static string Encode(Claims json) => Base64UrlEncoder.Encode(JsonSerializer.SerializeToUtf8Bytes(json));
}
