using System.Reflection;
using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;
using Orleans.Chat.Gateway.Auth;
using Orleans.Chat.Grains.Interfaces.Users;
using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Users;

namespace Orleans.Chat.Fuzz.Targets;

/// <summary>A database with a signing key.</summary>
internal sealed class FixedInstallation(string key) : IInstallationStore
{
    public Task<string> HistoryIdAsync(CancellationToken cancellationToken) => Task.FromResult("history");

    public Task<string> GetOrAddSecretAsync(string name, string candidate, CancellationToken cancellationToken) => Task.FromResult(key);
}

/// <summary>A provider of identities that signs with one key.</summary>
internal sealed class ProviderKeys(ECDsa key) : ITokenKeys
{
    public const string Issuer = "https://id.example";
    public const string KeyId = "key-1";
    private readonly IssuerKeys _keys = new(Issuer, [new ECDsaSecurityKey(key) { KeyId = KeyId }]);

    public ValueTask<IssuerKeys> KeysAsync(string? keyId, CancellationToken cancellationToken) => new(_keys);
}

/// <summary>No session has ended.</summary>
internal sealed class NoEndings : ISessionEndings
{
    public static NoEndings Instance { get; } = new();

    public event Action<string, string>? SessionEnded
    {
        add { }
        remove { }
    }

    public bool HasEnded(string userId, string sessionId) => false;

    public void End(string userId, string sessionId) { }
}

/// <summary>Grains where every account redeems every ticket.</summary>
public class AnyAccount : DispatchProxy
{
    private static readonly Task<Outcome<string>> Session = Task.FromResult<Outcome<string>>("session-1");
    private static readonly IAccountGrain Account = DispatchProxy.Create<IAccountGrain, AnyAccount>();

    internal static IGrainFactory Grains { get; } = DispatchProxy.Create<IGrainFactory, AnyAccount>();

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        targetMethod!.Name == nameof(IAccountGrain.RedeemTicket) ? Session : Account;
}
