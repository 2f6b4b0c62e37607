using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Orleans.Chat.Gateway.Auth;

/// <summary>Whose access tokens are taken. Section: <c>Auth</c>.</summary>
public sealed class AuthOptions
{
    public const string Section = "Auth";

    /// <summary>The <c>iss</c> of this server's own tokens; the silos' setting of the same name.</summary>
    [Required]
    public string Issuer { get; set; } = "orleans-chat";

    /// <summary>The <c>aud</c> that a token must be for.</summary>
    [Required]
    public string Audience { get; set; } = "orleans-chat";

    /// <summary>An OpenID Connect provider (its base address, https) that issues the access tokens instead of this server.</summary>
    [Url]
    public string? Authority { get; set; }

    /// <summary>
    /// Whether the provider's metadata must come over https. Off only for a provider on loopback, or in development: who can change what comes
    /// over plain http can sign in as anybody.
    /// </summary>
    public bool RequireHttpsMetadata { get; set; } = true;

    /// <summary>Algorithms of the provider's tokens. Asymmetric ones only: a shared secret could be guessed from a token.</summary>
    public IList<string> ExternalAlgorithms { get; } = [];

    /// <summary>Seconds that clocks may differ by. Default 30.</summary>
    [Range(0, 30)]
    public int ClockSkewSeconds { get; set; } = 30;

    /// <summary>Seconds that a connection opened by a ticket counts as authenticated before it must show a token. Default 600, as an access token.</summary>
    [Range(30, 86_400)]
    public int TicketConnectionSeconds { get; set; } = 600;

    /// <summary>Seconds between two questions for revoked sessions. Default 2: they must end within 5.</summary>
    [Range(0.1, 4)]
    public double RevocationPollSeconds { get; set; } = 2;
}

[OptionsValidator]
internal sealed partial class AuthOptionsValidator : IValidateOptions<AuthOptions>;

/// <summary>A provider that could never be asked, or whose keys anybody on the way could change, stops the start.</summary>
internal sealed class AuthorityValidator(IHostEnvironment environment) : IValidateOptions<AuthOptions>
{
    public ValidateOptionsResult Validate(string? name, AuthOptions options)
    {
        if (options.Authority is not { Length: > 0 } authority)
            return ValidateOptionsResult.Success;
        if (!Uri.TryCreate(authority, UriKind.Absolute, out var address))
            return ValidateOptionsResult.Fail($"Auth:Authority: '{authority}' is no address.");
        var plain =
            address.Scheme == Uri.UriSchemeHttp && !options.RequireHttpsMetadata && (address.IsLoopback || environment.IsDevelopment());
        return address.Scheme == Uri.UriSchemeHttps || plain
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(
                "Auth:Authority must be https. Plain http is for loopback and for development, with Auth:RequireHttpsMetadata=false."
            );
    }
}

/// <summary>No algorithm with a shared secret, and never <c>none</c>.</summary>
internal sealed class ExternalAlgorithmsValidator : IValidateOptions<AuthOptions>
{
    public static readonly string[] Default = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"];

    public ValidateOptionsResult Validate(string? name, AuthOptions options) =>
        options.ExternalAlgorithms.All(a => Default.Contains(a, StringComparer.Ordinal))
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"Auth:ExternalAlgorithms may only have {string.Join(", ", Default)}.");
}
