using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Orleans.Chat.Gateway.Admission;

/// <summary>How many connections this gateway takes, and what it bears of one that is not yet made. Section: <c>Admission</c>.</summary>
public sealed class AdmissionOptions
{
    public const string Section = "Admission";

    /// <summary>
    /// Connections of this gateway; more are answered <c>overloaded</c>, those that are there stay. Default 50,000: at 52 KB each, 2.6 GB. Set it to
    /// what the process has memory for.
    /// </summary>
    [Range(1, 10_000_000)]
    public int MaxConnections { get; set; } = 50_000;

    /// <summary>Connections per second that this gateway opens; more are answered <c>overloaded</c>. Default 2,000: about what two cores can; beyond it the open ones feel it.</summary>
    [Range(1, 1_000_000)]
    public int ConnectsPerSecond { get; set; } = 2_000;

    /// <summary>Connections that may begin at once, before the rate holds. Default 4,000: what is answered within two seconds.</summary>
    [Range(1, 1_000_000)]
    public int ConnectsAtOnce { get; set; } = 4_000;

    /// <summary>Connections of one user on this gateway. Default 20: more than anybody's devices and browser tabs.</summary>
    [Range(1, 1_000_000)]
    public int MaxConnectionsPerUser { get; set; } = 20;

    /// <summary>Connections from one address on this gateway, loopback exempt as <c>RateLimits</c> says. Default 5,000: a large office behind one address.</summary>
    [Range(1, 10_000_000)]
    public int MaxConnectionsPerAddress { get; set; } = 5_000;

    /// <summary>Seconds after which a connection that was <c>overloaded</c> may be tried again, at the least; each is told up to three times as much. Default 5.</summary>
    [Range(1, 3_600)]
    public int RetrySeconds { get; set; } = 5;

    /// <summary>Bytes of a request's header fields; more are answered 431. Default 32 KB, twice the longest token.</summary>
    [Range(1_024, 1024 * 1024)]
    public int MaxHeaderBytes { get; set; } = 32 * 1024;

    /// <summary>Header fields of a request; more are answered 431. Default 100: browsers and proxies send thirty.</summary>
    [Range(10, 1_000)]
    public int MaxHeaders { get; set; } = 100;

    /// <summary>Seconds that a request's header fields may take to come; then the connection is closed. Default 10: a slow phone needs one.</summary>
    [Range(1, 300)]
    public double HeaderSeconds { get; set; } = 10;

    /// <summary>Seconds that the hub's handshake may take once the connection is open; then it is closed. Default 5: it is the client's first message.</summary>
    [Range(0.1, 300)]
    public double HandshakeSeconds { get; set; } = 5;
}

[OptionsValidator]
internal sealed partial class AdmissionOptionsValidator : IValidateOptions<AdmissionOptions>;
