using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Orleans.Chat.Gateway.Delivery;

/// <summary>How a gateway carries events to its connections. Section: <c>Delivery</c>.</summary>
public sealed class DeliveryOptions
{
    public const string Section = "Delivery";

    /// <summary>Pushes that wait for one connection. Default 256: beyond it a client is better served by pulling.</summary>
    [Range(8, 65_536)]
    public int QueueItems { get; set; } = 256;

    /// <summary>Bytes that wait for one connection. Default 512 KB, which bounds what slow clients can cost a gateway.</summary>
    [Range(16_384, 64 * 1024 * 1024)]
    public int QueueBytes { get; set; } = 512 * 1024;

    /// <summary>Seconds that one write may take before the connection is cut off. Default 10: a radio that sleeps wakes up within.</summary>
    [Range(0.5, 300)]
    public double StallSeconds { get; set; } = 10;

    /// <summary>As <see cref="StallSeconds"/>, of a connection whose queue has overflowed meanwhile. Default 2: it is not going to follow.</summary>
    [Range(0.1, 300)]
    public double OverflowStallSeconds { get; set; } = 2;

    /// <summary>Revisions of one chat that are held until a hole before them is filled. Default 256; what is beyond is pulled again.</summary>
    [Range(1, 100_000)]
    public int HeldPerChat { get; set; } = 256;

    /// <summary>Milliseconds between seeing a hole and pulling it. Default 30: what two silos send may only be out of order.</summary>
    [Range(0, 10_000)]
    public int HoleGraceMs { get; set; } = 30;

    /// <summary>Pulls at a time. Default 16: after a fault all chats have holes, and the silos have just started again.</summary>
    [Range(1, 1_000)]
    public int ParallelPulls { get; set; } = 16;

    /// <summary>Revisions that one pull asks for. Default 200.</summary>
    [Range(1, 1_000)]
    public int PullPage { get; set; } = 200;

    /// <summary>Users whose chats are read by one call. Default 100 for connections that open, and twice that when resynchronising.</summary>
    [Range(1, 1_000)]
    public int UsersPerRead { get; set; } = 100;

    /// <summary>Seconds without anything from a silo after which its events may be lost. Default 6: three of its heartbeats.</summary>
    [Range(1, 300)]
    public double SilenceSeconds { get; set; } = 6;

    /// <summary>Seconds over which all users are announced again after a change of the cluster. Default 5.</summary>
    [Range(0, 300)]
    public double SpreadSeconds { get; set; } = 5;

    /// <summary>Seconds that opening a connection may take before it is refused as unavailable. Default 8.</summary>
    [Range(0.5, 60)]
    public double OpenSeconds { get; set; } = 8;

    /// <summary>Seconds between renewals of the gateway's lease. Default 2: a lease lives for three.</summary>
    [Range(0.1, 60)]
    public double LeaseRenewalSeconds { get; set; } = 2;

    /// <summary>Seconds that a connection lives after the token that it last showed expired. Default 60.</summary>
    [Range(0, 3_600)]
    public double TokenGraceSeconds { get; set; } = 60;
}

[OptionsValidator]
internal sealed partial class DeliveryOptionsValidator : IValidateOptions<DeliveryOptions>;
