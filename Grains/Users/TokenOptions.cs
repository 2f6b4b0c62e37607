using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Orleans.Chat.Grains.Users;

/// <summary>How this server's own access tokens are made. Section: <c>Auth</c>.</summary>
public sealed class TokenOptions
{
    public const string Section = "Auth";

    /// <summary>The <c>iss</c> of the tokens. The gateways' setting of the same name says what they take: keep them equal.</summary>
    [Required]
    public string Issuer { get; set; } = "orleans-chat";

    /// <summary>The <c>aud</c> of the tokens. The gateways' setting of the same name says what they take: keep them equal.</summary>
    [Required]
    public string Audience { get; set; } = "orleans-chat";

    /// <summary>
    /// How long an access token lives, in seconds. Default 600: clients refresh six times an hour, and a gateway remembers ten minutes of
    /// revoked sessions.
    /// </summary>
    [Range(10, 86_400)]
    public int AccessTokenSeconds { get; set; } = 600;

    /// <summary>A PEM file with a private EC key on P-256. Without one, a key is made once and kept in the database.</summary>
    public string? SigningKeyFile { get; set; }

    /// <summary>
    /// PBKDF2 (HMAC-SHA512) rounds of new password hashes. Default 100,000, ASP.NET Core Identity's; older hashes are renewed at the next login.
    /// </summary>
    [Range(1_000, 10_000_000)]
    public int PasswordIterations { get; set; } = 100_000;
}

[OptionsValidator]
internal sealed partial class TokenOptionsValidator : IValidateOptions<TokenOptions>;

/// <summary>A key file that is configured and not there stops the start, not the first login.</summary>
internal sealed class SigningKeyFileValidator : IValidateOptions<TokenOptions>
{
    public ValidateOptionsResult Validate(string? name, TokenOptions options) =>
        options.SigningKeyFile is not { Length: > 0 } file || File.Exists(file)
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"Auth:SigningKeyFile: there is no file '{file}'.");
}
