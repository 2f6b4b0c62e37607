using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Chat.Gateway;

namespace Orleans.Chat.Fuzz.Targets;

/// <summary>A gateway's own services, as its program registers them; nothing of it runs.</summary>
internal static class GatewayServices
{
    private static readonly Lazy<ServiceProvider> Services = new(Make);

    /// <summary>A hub protocol as the gateway speaks it.</summary>
    public static IHubProtocol Protocol(string name) => Services.Value.GetServices<IHubProtocol>().Single(p => p.Name == name);

    private static ServiceProvider Make()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.AddChatGateway();
        return builder.Services.BuildServiceProvider();
    }
}
