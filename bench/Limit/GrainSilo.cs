using System.Net;
using Npgsql;
using Orleans.Configuration;

namespace Orleans.Chat.Limit;

/// <summary>A silo with nothing but the grains of this program, on loopback: <c>silo &lt;port for clients&gt; [&lt;database&gt;]</c>.</summary>
internal static class GrainSilo
{
    public static Task RunAsync(string[] args)
    {
        var port = int.Parse(args[0], System.Globalization.CultureInfo.InvariantCulture);
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.UseOrleans(silo =>
            silo.UseLocalhostClustering(siloPort: port + 1, gatewayPort: port)
                .Configure<EndpointOptions>(o => o.AdvertisedIPAddress = IPAddress.Loopback)
        );
        if (args is [_, var database])
        {
            builder.Services.AddSingleton(new NpgsqlSlimDataSourceBuilder(database).EnableArrays().Build());
            builder.Services.AddSingleton<RowWriter>();
            builder.Services.AddHostedService(s => s.GetRequiredService<RowWriter>());
        }
        return builder.Build().RunAsync();
    }
}
