using Orleans.Chat.Grains;
using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.Grains.Interfaces.Delivery;
using Orleans.Chat.PushStreams;

namespace Orleans.Chat.Silo;

/// <summary>A silo: grains, their store, their place in the cluster, and the stream to the gateways.</summary>
internal static class SiloHostingExtensions
{
    public static WebApplicationBuilder AddChatSilo(this WebApplicationBuilder builder)
    {
        builder.Host.UseOrleans(silo =>
            silo.UseChatClustering(builder.Configuration)
                .AddChatPersistence(builder.Configuration)
                .AddPushStreams(ChatStreams.Delivery, o => o.OverflowEvent = _ => new GatewayItem("", 0, new Overflow()))
                .AddChatGrains()
        );
        // Orleans places each activation by way of a resilience pipeline, which writes two lines for each.
        builder.Logging.AddFilter("Polly", LogLevel.Warning);
        // And Npgsql writes each statement that it ran, text and all. Logging:LogLevel:Npgsql.Command, the longer name, shows them again.
        builder.Logging.AddFilter("Npgsql", LogLevel.Warning);
        return builder;
    }
}
