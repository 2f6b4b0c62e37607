namespace Orleans.Chat.Grains.Interfaces.Sessions;

/// <summary>
/// The live gateway instances: each renews its lease by a heartbeat every 2 s, and one that has not for 6 s is dead, and what it held
/// is given up. One activation for the cluster; only memory, filled again by the next heartbeats.
/// </summary>
[Alias("gateways"), GrainInterfaceType("gateways")]
public interface IGatewayGrain : IGrainWithStringKey
{
    /// <summary>Renews the lease of a gateway instance.</summary>
    [Alias("heartbeat")]
    Task<GatewayList> Heartbeat(GatewayStatus status);

    /// <summary>The instance stops: give up what it holds at once.</summary>
    [Alias("leave")]
    Task Leave(string gatewayId);

    /// <summary>Who is there.</summary>
    [Alias("live")]
    Task<GatewayList> Live();
}

#pragma warning disable CS1591
[GenerateSerializer, Immutable, Alias("gateway-status")]
public sealed record GatewayStatus
{
    /// <summary><c>node-start</c>, new for every start.</summary>
    [Id(0)]
    public required string GatewayId { get; init; }

    [Id(1)]
    public required int Connections { get; init; }

    [Id(2)]
    public required bool Draining { get; init; }

    /// <summary>Which of its streams the instance listens to; 0 until a silo cannot be heard over that.</summary>
    [Id(3)]
    public int Stream { get; init; }
}

[GenerateSerializer, Immutable, Alias("gateway-list")]
public sealed record GatewayList
{
    [Id(0)]
    public required string[] Gateways { get; init; }

    /// <summary>
    /// Whether a gateway that is not in the list is dead: false in the first seconds of this grain's activation, while gateways have yet to report.
    /// </summary>
    [Id(1)]
    public required bool Complete { get; init; }

    /// <summary>The streams of those that do not listen to their first; null when all do.</summary>
    [Id(2)]
    public Dictionary<string, int>? Streams { get; init; }
}
