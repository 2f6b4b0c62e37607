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

/* The keys of an OpenID Connect provider, from its discovery document. Those that were read once go on while it is away. Before, nobody waits
 * longer for it than for a silo; and one question is asked at a time, for a provider that takes connections and says nothing would otherwise
 * gather all that wait for it. */
internal sealed class AuthorityTokenKeys : ITokenKeys
{
    private static readonly TimeSpan RefetchAfter = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private readonly ConfigurationManager<OpenIdConnectConfiguration> _configuration;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private Task<OpenIdConnectConfiguration>? _asking;

    public AuthorityTokenKeys(IHttpClientFactory http, IOptions<AuthOptions> options, TimeProvider time)
    {
        _time = time;
        var client = http.CreateClient(nameof(AuthorityTokenKeys));
        client.Timeout = Patience;
        var authority = options.Value.Authority!.TrimEnd('/');
        _configuration = new ConfigurationManager<OpenIdConnectConfiguration>(
            authority + "/.well-known/openid-configuration",
            new OpenIdConnectConfigurationRetriever(),
            new HttpDocumentRetriever(client) { RequireHttps = options.Value.RequireHttpsMetadata }
        )
        {
            RefreshInterval = RefetchAfter,
        };
    }

    public async ValueTask<IssuerKeys> KeysAsync(string? keyId, CancellationToken cancellationToken)
    {
        var configuration = await ConfigurationAsync(cancellationToken);
        if (keyId is not null && !configuration.SigningKeys.Any(k => k.KeyId == keyId))
        {
            _configuration.RequestRefresh();
            configuration = await ConfigurationAsync(cancellationToken);
        }
        return new IssuerKeys(configuration.Issuer, [.. configuration.SigningKeys]);
    }

    private async Task<OpenIdConnectConfiguration> ConfigurationAsync(CancellationToken cancellationToken)
    {
        Task<OpenIdConnectConfiguration> asking;
        lock (_lock)
        {
            // The answer is everybody's, so nobody's leaving ends the question.
            if (_asking is null || _asking.IsCompleted)
                _asking = _configuration.GetConfigurationAsync(CancellationToken.None);
            asking = _asking;
        }
        try
        {
            return await asking.WaitAsync(Patience, _time, cancellationToken);
        }
        catch (Exception fault) when (fault is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            throw new ProblemException(Requests.Faults.Unavailable);
        }
    }
}
