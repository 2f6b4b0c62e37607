using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;
using Orleans.Chat.EndToEnd;

namespace Orleans.Chat.Gateway.Tests.Auth;

using Claims = Dictionary<string, JsonElement>;

/// <summary>The standalone server with a signing key that the tests know: they can make its tokens as it would.</summary>
public class SignedPlace : StandalonePlace
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    protected override IReadOnlyDictionary<string, string?> Settings =>
        new Dictionary<string, string?>(StringComparer.Ordinal) { ["Auth__SigningKeyFile"] = Path.Combine(Folder, "key.pem") };

    public override async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(Path.Combine(Folder, "key.pem"), _key.ExportPkcs8PrivateKeyPem());
        await base.InitializeAsync();
    }

    /// <summary>The token with its header and payload changed, signed anew by the server's own key, or by another.</summary>
    public string Resigned(string token, Action<Claims, Claims> change, ECDsa? key = null)
    {
        var parts = token.Split('.');
        var (header, payload) = (Decode(parts[0]), Decode(parts[1]));
        change(header, payload);
        var text = $"{Encode(header)}.{Encode(payload)}";
        var bytes = Encoding.ASCII.GetBytes(text);
        byte[] signature = header["alg"].GetString() switch
        {
            "none" => [],
            "HS256" => HMACSHA256.HashData(Encoding.UTF8.GetBytes(_key.ExportSubjectPublicKeyInfoPem()), bytes),
            _ => (key ?? _key).SignData(bytes, HashAlgorithmName.SHA256),
        };
        return $"{text}.{Base64UrlEncoder.Encode(signature)}";
    }

    public static Claims Decode(string part) => JsonSerializer.Deserialize<Claims>(Base64UrlEncoder.DecodeBytes(part))!;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _key.Dispose();
        GC.SuppressFinalize(this);
    }

    private static string Encode(Claims json) => Base64UrlEncoder.Encode(JsonSerializer.SerializeToUtf8Bytes(json));
}
