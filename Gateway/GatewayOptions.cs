using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Orleans.Chat.Gateway;

/// <summary>The gateway process. Section: <c>Gateway</c>.</summary>
public sealed class GatewayOptions
{
    public const string Section = "Gateway";

    /// <summary>The node's name, the first part of the instance's id; by default the machine's.</summary>
    [RegularExpression("^[A-Za-z0-9_.-]{0,64}$")]
    public string Name { get; set; } = "";

    /// <summary>Seconds that connections have to go elsewhere when the gateway stops. Default 10.</summary>
    [Range(0, 600)]
    public int DrainSeconds { get; set; } = 10;

    /// <summary>Calls of one connection that run at a time; SignalR's own default of 1 would make each wait for the commit of the one before.</summary>
    [Range(1, 1_000)]
    public int ParallelCalls { get; set; } = 64;

    /// <summary>Sends of one connection to one chat that may wait; beyond it they are <c>overloaded</c>. Default 256.</summary>
    [Range(1, 100_000)]
    public int MaxWaitingSends { get; set; } = 256;

    /// <summary>
    /// Addresses and networks (<c>10.0.0.0/8</c>) of the proxies before this gateway: only what they write in <c>X-Forwarded-For</c> is a client's
    /// address. None by default, since anybody can write it.
    /// </summary>
    public IList<string> KnownProxies { get; } = [];

    /// <summary>
    /// Origins whose pages may use the hub and REST from a browser, beside this server's own: <c>https://chat.example.com</c>. Default none. Their
    /// browsers may send credentials, so there is no wildcard. What is no browser sends no origin, and is not asked for one.
    /// </summary>
    public IList<string> AllowedOrigins { get; } = [];

    /// <summary>The optional features that clients are told of.</summary>
    public IList<string> Features { get; } = [];
}

[OptionsValidator]
internal sealed partial class GatewayOptionsValidator : IValidateOptions<GatewayOptions>;
