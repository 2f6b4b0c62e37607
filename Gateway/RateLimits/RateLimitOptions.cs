using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Orleans.Chat.Gateway.RateLimits;

/// <summary>
/// How much one address, user or connection may ask. What counts addresses and users holds for all gateways of a cluster together.
/// Section: <c>RateLimits</c>.
/// </summary>
public sealed class RateLimitOptions
{
    public const string Section = "RateLimits";

    /// <summary>False turns all limits off, those of <c>Admission</c> for each user, each address and each second too, for measurements.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Whether loopback addresses are exempt from limits per address. Default true: a proxy on the same machine is not a client.</summary>
    public bool ExemptLoopback { get; set; } = true;

    /// <summary>Connections per second that one address may begin. Default 20: an office whose clients reconnect each by itself.</summary>
    [Range(1, 1_000_000)]
    public int ConnectsPerSecond { get; set; } = 20;

    /// <summary>Connections that one address may begin at once. Default 1,000: an office whose network came back.</summary>
    [Range(1, 1_000_000)]
    public int ConnectsAtOnce { get; set; } = 1_000;

    /// <summary>Registrations, logins and refreshes per second of one address. Default 2: hashing costs tens of milliseconds.</summary>
    [Range(1, 1_000_000)]
    public int SignInsPerSecond { get; set; } = 2;

    /// <summary>Registrations, logins and refreshes of one address at once, before the rate holds. Default 60: an office behind one address in the morning.</summary>
    [Range(1, 1_000_000)]
    public int SignInsAtOnce { get; set; } = 60;

    /// <summary>Requests without a good token per second of one address, signing in among them. Default 20: nothing needs many of them.</summary>
    [Range(1, 1_000_000)]
    public int StrangersPerSecond { get; set; } = 20;

    /// <summary>Requests without a good token of one address at once, before the rate holds. Default 1,000: an office whose tokens expired over night.</summary>
    [Range(1, 1_000_000)]
    public int StrangersAtOnce { get; set; } = 1_000;

    /// <summary>Other requests and calls than sends per second of one user. Default 200: a client that synchronises asks much.</summary>
    [Range(1, 1_000_000)]
    public int RequestsPerSecond { get; set; } = 200;

    /// <summary>Other requests and calls of one user at once, before the rate holds. Default 2,000: a client that starts asks for all its chats.</summary>
    [Range(1, 1_000_000)]
    public int RequestsAtOnce { get; set; } = 2_000;

    /// <summary>Messages per second of one user. Default 200: far above anybody's typing, below a loop gone wild.</summary>
    [Range(1, 1_000_000)]
    public int SendsPerSecond { get; set; } = 200;

    /// <summary>Messages of one user at once, before the rate holds. Default 2,000: an outbox that was offline for a day.</summary>
    [Range(1, 1_000_000)]
    public int SendsAtOnce { get; set; } = 2_000;

    /// <summary>Messages per second of one user to one chat. Default 100: all of its members get each, and no one of them can read so fast.</summary>
    [Range(1, 1_000_000)]
    public int ChatSendsPerSecond { get; set; } = 100;

    /// <summary>Messages of one user to one chat at once, before the rate holds. Default 1,000: half of what the user may send at all.</summary>
    [Range(1, 1_000_000)]
    public int ChatSendsAtOnce { get; set; } = 1_000;

    /// <summary>Calls per second of one connection, whatever they are. Default 300: a user's other devices keep some of the user's own limits.</summary>
    [Range(1, 1_000_000)]
    public int CallsPerSecond { get; set; } = 300;

    /// <summary>Calls of one connection at once, before the rate holds. Default 3,000, for the same reason.</summary>
    [Range(1, 1_000_000)]
    public int CallsAtOnce { get; set; } = 3_000;
}

[OptionsValidator]
internal sealed partial class RateLimitOptionsValidator : IValidateOptions<RateLimitOptions>;
