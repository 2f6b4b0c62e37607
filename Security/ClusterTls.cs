using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Orleans.Chat.Security;

/// <summary>TLS between silos and gateways, where it is configured.</summary>
public static class ClusterTls
{
    /// <summary>
    /// Adds <see cref="ClusterTlsOptions"/>, and <see cref="PeerTls"/> when the section has anything; answers whether it has, and the caller then
    /// gives <see cref="PeerTls"/> to each kind of its connections. Half a section stops the host's start.
    /// </summary>
    public static bool AddClusterTls(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptionsWithValidateOnStart<ClusterTlsOptions>().Bind(configuration.GetSection(ClusterTlsOptions.Section));
        services.AddSingleton<IValidateOptions<ClusterTlsOptions>, ClusterTlsOptionsValidator>();
        var on = (configuration.GetSection(ClusterTlsOptions.Section).Get<ClusterTlsOptions>() ?? new ClusterTlsOptions()).IsOn;
        if (on)
            services.AddSingleton<PeerTls>();
        return on;
    }
}
