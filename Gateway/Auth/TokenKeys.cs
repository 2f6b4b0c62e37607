using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Orleans.Chat.Gateway.Auth;

/// <summary>The keys that access tokens are checked with. A token never brings its own.</summary>
internal interface ITokenKeys
{
    /// <summary>The issuer and its keys; asked again when <paramref name="keyId"/> is not among the known ones.</summary>
    ValueTask<IssuerKeys> KeysAsync(string? keyId, CancellationToken cancellationToken);
}

internal sealed record IssuerKeys(string Issuer, IReadOnlyList<SecurityKey> Keys);

/* The silos' own keys. A key id that is not known may be a new key's, or nonsense from a stranger: the silos are asked at most every five
 * seconds whoever asks. One question at a time; the others wait for its answer. */
internal sealed class SiloTokenKeys(Func<Task<string>> fetch, IOptions<AuthOptions> options, TimeProvider time) : ITokenKeys, IDisposable
{
    private static readonly TimeSpan RefetchAfter = TimeSpan.FromSeconds(5);
    private readonly SemaphoreSlim _one = new(1);
    private IReadOnlyList<SecurityKey>? _keys;
    private long _fetched;

    public async ValueTask<IssuerKeys> KeysAsync(string? keyId, CancellationToken cancellationToken)
    {
        if (!Fresh(keyId))
        {
            await _one.WaitAsync(cancellationToken);
            try
            {
                if (!Fresh(keyId))
                    (_keys, _fetched) = (Parse(await fetch()), time.GetTimestamp());
            }
            finally
            {
                _one.Release();
            }
        }
        return new IssuerKeys(options.Value.Issuer, _keys!);
    }

    public void Dispose() => _one.Dispose();

    private bool Fresh(string? keyId) =>
        _keys is { } keys && (keys.Any(k => k.KeyId == keyId) || time.GetElapsedTime(_fetched) < RefetchAfter);

    private static List<SecurityKey> Parse(string json)
    {
        var set = new JsonWebKeySet(json) { SkipUnresolvedJsonWebKeys = true };
        return [.. set.GetSigningKeys()];
    }
}

/// <summary>The keys of an OpenID Connect provider, from its discovery document.</summary>
internal sealed class AuthorityTokenKeys : ITokenKeys
{
    private static readonly TimeSpan RefetchAfter = TimeSpan.FromSeconds(5);
    private readonly ConfigurationManager<OpenIdConnectConfiguration> _configuration;

    public AuthorityTokenKeys(IHttpClientFactory http, IOptions<AuthOptions> options)
    {
        var authority = options.Value.Authority!.TrimEnd('/');
        _configuration = new ConfigurationManager<OpenIdConnectConfiguration>(
            authority + "/.well-known/openid-configuration",
            new OpenIdConnectConfigurationRetriever(),
            new HttpDocumentRetriever(http.CreateClient(nameof(AuthorityTokenKeys))) { RequireHttps = options.Value.RequireHttpsMetadata }
        )
        {
            RefreshInterval = RefetchAfter,
        };
    }

    public async ValueTask<IssuerKeys> KeysAsync(string? keyId, CancellationToken cancellationToken)
    {
        var configuration = await _configuration.GetConfigurationAsync(cancellationToken);
        if (keyId is not null && !configuration.SigningKeys.Any(k => k.KeyId == keyId))
        {
            _configuration.RequestRefresh();
            configuration = await _configuration.GetConfigurationAsync(cancellationToken);
        }
        return new IssuerKeys(configuration.Issuer, [.. configuration.SigningKeys]);
    }
}
