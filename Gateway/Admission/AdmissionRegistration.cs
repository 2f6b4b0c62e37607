using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Options;

namespace Orleans.Chat.Gateway.Admission;

internal static class AdmissionRegistration
{
    /// <summary>Limits of connections of a hub. After <c>AddSignalR</c>, whose connection handler it replaces.</summary>
    public static IServiceCollection AddAdmission<THub>(this IServiceCollection services)
        where THub : Hub
    {
        services.AddOptionsWithValidateOnStart<AdmissionOptions, AdmissionOptionsValidator>().BindConfiguration(AdmissionOptions.Section);
        services.AddSingleton<Gate>();
        services.AddSingleton<HubConnectionHandler<THub>, PolledConnections<THub>>();
        services
            .AddOptions<KestrelServerOptions>()
            .Configure<IOptions<AdmissionOptions>>(
                (kestrel, admission) =>
                {
                    kestrel.Limits.MaxRequestHeadersTotalSize = admission.Value.MaxHeaderBytes;
                    kestrel.Limits.MaxRequestHeaderCount = admission.Value.MaxHeaders;
                    kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(admission.Value.HeaderSeconds);
                }
            );
        services
            .AddOptions<HubOptions>()
            .Configure<IOptions<AdmissionOptions>>(
                (hub, admission) => hub.HandshakeTimeout = TimeSpan.FromSeconds(admission.Value.HandshakeSeconds)
            );
        return services;
    }
}
