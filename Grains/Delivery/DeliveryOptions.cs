using System.ComponentModel.DataAnnotations;

namespace Orleans.Chat.Grains.Delivery;

/// <summary>How a silo reaches gateways. Section: <c>Delivery</c>.</summary>
public sealed class DeliveryOptions
{
    public const string Section = "Delivery";

    /// <summary>
    /// A chat with more members than this sends each event to every gateway, and no typing and receipts. Default 256: below it, knowing where members
    /// are costs less than events that find nobody.
    /// </summary>
    [Range(0, 1_000_000)]
    public int PreciseRoutingMaxMembers { get; set; } = 256;

    /// <summary>Events that wait for one gateway in one silo before they are dropped, which the gateway sees as a hole. Default 8,192.</summary>
    [Range(64, 1_000_000)]
    public int QueuePerGateway { get; set; } = 8_192;

    /// <summary>Seconds between heartbeats on each gateway's stream. Default 2: a gateway that hears none for 6 s resynchronises.</summary>
    [Range(0.1, 60)]
    public double HeartbeatSeconds { get; set; } = 2;

    /// <summary>Seconds after its last heartbeat at which a gateway is dead. Default 6: three heartbeats.</summary>
    [Range(0.5, 300)]
    public double GatewayLeaseSeconds { get; set; } = 6;
}
