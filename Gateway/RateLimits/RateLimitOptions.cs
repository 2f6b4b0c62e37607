using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Orleans.Chat.Gateway.RateLimits;

/// <summary>How much one user, or one address, may ask of this gateway. Section: <c>RateLimits</c>.</summary>
public sealed class RateLimitOptions
{
    public const string Section = "RateLimits";

    /// <summary>False turns all limits off, for measurements.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Whether loopback addresses are exempt from limits per address. Default true: a proxy on the same machine is not a client.</summary>
    public bool ExemptLoopback { get; set; } = true;

    /// <summary>Messages per second of one user. Default 200: far above anybody's typing, below a loop gone wild.</summary>
    [Range(1, 1_000_000)]
    public int SendsPerSecond { get; set; } = 200;

    /// <summary>Messages of one user at once, before the rate holds. Default 2,000: an outbox that was offline for a day.</summary>
    [Range(1, 1_000_000)]
    public int SendsAtOnce { get; set; } = 2_000;

    /// <summary>Other requests per second of one user. Default 200: a client that synchronises asks much.</summary>
    [Range(1, 1_000_000)]
    public int RequestsPerSecond { get; set; } = 200;

    /// <summary>Other requests of one user at once, before the rate holds. Default 2,000: a client that starts asks for all its chats.</summary>
    [Range(1, 1_000_000)]
    public int RequestsAtOnce { get; set; } = 2_000;

    /// <summary>Registrations, logins and refreshes per second of one address. Default 2: hashing costs tens of milliseconds.</summary>
    [Range(1, 1_000_000)]
    public int SignInsPerSecond { get; set; } = 2;

    /// <summary>Registrations, logins and refreshes of one address at once, before the rate holds. Default 60: an office behind one address in the morning.</summary>
    [Range(1, 1_000_000)]
    public int SignInsAtOnce { get; set; } = 60;
}

[OptionsValidator]
internal sealed partial class RateLimitOptionsValidator : IValidateOptions<RateLimitOptions>;
