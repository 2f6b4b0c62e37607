using System.ComponentModel.DataAnnotations;

namespace Orleans.Chat.Silo;

/// <summary>The silo's place in a cluster. Section: <c>Cluster</c>.</summary>
public sealed class ClusterSettingsOptions
{
    public const string Section = "Cluster";

    /// <summary><c>Redis</c> (connection string <c>ConnectionStrings:Redis</c>) or <c>Localhost</c>, a cluster of this one process.</summary>
    [RegularExpression("^(Redis|Localhost)$")]
    public string Membership { get; set; } = "Redis";

    /// <summary>Silos and gateways of one id are one cluster.</summary>
    [Required]
    public string ClusterId { get; set; } = "orleans-chat";

    /// <summary>Stays the same over deployments: stored state belongs to it.</summary>
    [Required]
    public string ServiceId { get; set; } = "orleans-chat";

    /// <summary>The port for other silos; 0 takes a free one.</summary>
    [Range(0, 65_535)]
    public int SiloPort { get; set; } = 11_111;

    /// <summary>The port for gateways; 0 takes a free one.</summary>
    [Range(0, 65_535)]
    public int GatewayPort { get; set; } = 30_000;

    /// <summary>The IP address that the others reach this silo at. Default loopback.</summary>
    public string AdvertisedAddress { get; set; } = "127.0.0.1";
}
