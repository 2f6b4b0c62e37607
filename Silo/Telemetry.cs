using OpenTelemetry.Metrics;

namespace Orleans.Chat.Silo;

/// <summary>Metrics for Prometheus.</summary>
internal static class Telemetry
{
    public static IServiceCollection AddChatTelemetry(this IServiceCollection services)
    {
        services
            .AddOpenTelemetry()
            .WithMetrics(m => m.AddMeter("Orleans.Chat.*", "Microsoft.Orleans").AddRuntimeInstrumentation().AddPrometheusExporter());
        return services;
    }
}
