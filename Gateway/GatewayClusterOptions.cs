using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Orleans.Chat.Gateway;

/// <summary>Which silos the gateway belongs to. Section: <c>Cluster</c>, the same as the silos'.</summary>
public sealed class GatewayClusterOptions
{
    public const string Section = "Cluster";

    /// <summary>Silos and gateways of one id are one cluster.</summary>
    [Required]
    public string ClusterId { get; set; } = "orleans-chat";

    /// <summary>Stays the same over deployments.</summary>
    [Required]
    public string ServiceId { get; set; } = "orleans-chat";

    /// <summary>The longest pause between tries to reach the cluster at the start, in seconds. Default 5.</summary>
    [Range(1, 300)]
    public int MaxConnectPauseSeconds { get; set; } = 5;
}

[OptionsValidator]
internal sealed partial class GatewayClusterOptionsValidator : IValidateOptions<GatewayClusterOptions>;
