using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Orleans.Chat.Storage.Users;

namespace Orleans.Chat.Silo;

/// <summary>Live: the process answers. Ready: the cluster takes the silo for active, and the store answers.</summary>
internal static class Health
{
    private const string Ready = "ready";

    public static IServiceCollection AddSiloHealth(this IServiceCollection services)
    {
        services.AddHealthChecks().AddCheck<ClusterCheck>("cluster", tags: [Ready]).AddCheck<StoreCheck>("store", tags: [Ready]);
        return services;
    }

    public static void MapSiloHealth(this WebApplication app)
    {
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = c => c.Tags.Contains(Ready) });
        app.MapPrometheusScrapingEndpoint("/metrics");
    }

    private sealed class ClusterCheck(ISiloStatusOracle silos) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(
                silos.CurrentStatus == SiloStatus.Active
                    ? HealthCheckResult.Healthy()
                    : HealthCheckResult.Unhealthy($"{silos.CurrentStatus}")
            );
    }

    private sealed class StoreCheck(IInstallationStore store) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            await store.HistoryIdAsync(cancellationToken);
            return HealthCheckResult.Healthy();
        }
    }
}
