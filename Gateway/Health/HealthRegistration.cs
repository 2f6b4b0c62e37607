using OpenTelemetry.Metrics;

namespace Orleans.Chat.Gateway.Health;

internal static class HealthRegistration
{
    /// <summary>Readiness, and the metrics of everything here whose meter begins with <c>Orleans.Chat.</c>.</summary>
    public static IServiceCollection AddHealth(this IServiceCollection services)
    {
        services.AddSingleton<Readiness>();
        services
            .AddOpenTelemetry()
            .WithMetrics(metrics =>
                metrics
                    .AddMeter("Orleans.Chat.*", "Microsoft.Orleans", "Microsoft.AspNetCore.Server.Kestrel")
                    .AddRuntimeInstrumentation()
                    .AddPrometheusExporter()
            );
        return services;
    }

    /// <summary><c>/health/live</c>, <c>/health/ready</c> and <c>/metrics</c>, for anybody who can reach them.</summary>
    public static IEndpointRouteBuilder MapHealth(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/health/live", () => Results.Json(new { status = "live" })).ExcludeFromDescription().AllowAnonymous();
        endpoints
            .MapGet(
                "/health/ready",
                async (Readiness readiness) =>
                    await readiness.WhyNotAsync() is { } reason
                        ? Results.Json(new { status = "not_ready", reason }, statusCode: StatusCodes.Status503ServiceUnavailable)
                        : Results.Json(new { status = "ready" })
            )
            .ExcludeFromDescription()
            .AllowAnonymous();
        endpoints.MapPrometheusScrapingEndpoint("/metrics").AllowAnonymous();
        return endpoints;
    }
}
