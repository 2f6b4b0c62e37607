using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Chat.Gateway.Admission;
using Orleans.Chat.Gateway.Auth;
using Orleans.Chat.Gateway.Delivery;
using Orleans.Chat.Gateway.Health;
using Orleans.Chat.Gateway.Http;
using Orleans.Chat.Gateway.Hubs;
using Orleans.Chat.Gateway.RateLimits;
using Orleans.Chat.Gateway.Requests;
using Orleans.Chat.Gateway.Transports;
using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.Protocol;
using Orleans.Chat.Protocol.MessagePack;

namespace Orleans.Chat.Gateway;

/// <summary>A gateway in a host that already has a way to the grains: an Orleans client, or a silo in the same process.</summary>
internal static class GatewayHostingExtensions
{
    public static WebApplicationBuilder AddChatGateway(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.TryAddSingleton(TimeProvider.System);
        services.AddMetrics();
        services.AddSingleton<GatewayMetrics>();
        services.AddChatOptions().AddChatCors().AddChatAuth().AddChatRequests().AddChatHub().AddChatOpenApi().AddHealth();
        var gateway = builder.Configuration.GetSection(GatewayOptions.Section).Get<GatewayOptions>() ?? new GatewayOptions();
        services.AddDelivery<ChatHub>(gateway.Name, TimeSpan.FromSeconds(gateway.DrainSeconds));
        services.AddHostedService<SessionClosing>();
        builder.WebHost.ConfigureKestrel(o => o.AddServerHeader = false);
        // A socket's write takes its turn with all else, and not behind every other write of its queue: those of a large chat are thousands.
        builder.WebHost.UseSockets(o => o.IOQueueCount = 0);
        // These write a request's query, where the hub's tokens are.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.AspNetCore.HttpLogging", LogLevel.None);
        // A line for each request of each client is for a proxy to write.
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        // It calls every refusal an error, and writes down what was refused, a method's name of the client's making among it. Faults are HubErrors' to tell.
        builder.Logging.AddFilter("Microsoft.AspNetCore.SignalR.Internal.DefaultHubDispatcher", LogLevel.None);
        return builder;
    }

    public static WebApplication MapChatGateway(this WebApplication app)
    {
        app.UseForwardedClients();
        app.UseMiddleware<SecurityHeaders>();
        // Over https alone, and never for localhost: a browser that was told so would refuse what else is developed there.
        if (!app.Environment.IsDevelopment())
            app.UseHsts();
        app.UseMiddleware<ProblemMiddleware>();
        app.UseMiddleware<OriginMiddleware>();
        app.UseRouting();
        app.UseCors();
        app.UseMiddleware<BeginMiddleware>();
        app.UseAuthentication();
        app.UseMiddleware<RateLimitMiddleware>();
        app.UseAuthorization();
        app.UseMiddleware<OpenMiddleware>();
        var api = app.MapGroup(GatewayPaths.Api).RequireAuthorization();
        api.MapAuth();
        api.MapUsers();
        api.MapChats();
        api.MapMessages();
        api.MapSync();
        app.MapHub<ChatHub>(GatewayPaths.Hub).WriteFrames();
        app.MapHealth();
        app.MapChatOpenApi();
        return app;
    }

    private static IServiceCollection AddChatOptions(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<GatewayOptions, GatewayOptionsValidator>().BindConfiguration(GatewayOptions.Section);
        services.AddOptionsWithValidateOnStart<LimitOptions, LimitOptionsValidator>().BindConfiguration(LimitOptions.Section);
        services.AddOptionsWithValidateOnStart<AuthOptions, AuthOptionsValidator>().BindConfiguration(AuthOptions.Section);
        services.AddOptionsWithValidateOnStart<RateLimitOptions, RateLimitOptionsValidator>().BindConfiguration(RateLimitOptions.Section);
        services.AddSingleton<IValidateOptions<GatewayOptions>, KnownProxiesValidator>();
        services.AddSingleton<IValidateOptions<GatewayOptions>, AllowedOriginsValidator>();
        services.AddSingleton<IValidateOptions<AuthOptions>, ExternalAlgorithmsValidator>();
        services.AddSingleton<IValidateOptions<AuthOptions>, AuthorityValidator>();
        services.AddSingleton(s => new ServerConfig
        {
            Limits = s.GetRequiredService<IOptions<LimitOptions>>().Value.ToLimits(),
            Features = [.. s.GetRequiredService<IOptions<GatewayOptions>>().Value.Features],
        });
        return services;
    }

    /// <summary>For pages of the origins that are allowed; SignalR's client in a browser asks for credentials unless it is told not to.</summary>
    private static IServiceCollection AddChatCors(this IServiceCollection services)
    {
        services
            .AddOptions<CorsOptions>()
            .Configure<IOptions<GatewayOptions>>(
                (cors, gateway) =>
                {
                    if (gateway.Value.AllowedOrigins.Count == 0)
                        return;
                    cors.AddDefaultPolicy(policy =>
                        policy
                            .WithOrigins([.. gateway.Value.AllowedOrigins])
                            .WithMethods("GET", "POST", "PUT", "PATCH", "DELETE")
                            .WithHeaders("Authorization", "Content-Type", "Idempotency-Key", "X-Requested-With", "X-SignalR-User-Agent")
                            .WithExposedHeaders("Retry-After", "WWW-Authenticate")
                            .AllowCredentials()
                            .SetPreflightMaxAge(TimeSpan.FromMinutes(10))
                    );
                }
            );
        return services.AddCors();
    }

    private static IServiceCollection AddChatAuth(this IServiceCollection services)
    {
        services.AddHttpClient();
        services.AddSingleton<ITokenKeys>(s =>
            s.GetRequiredService<IOptions<AuthOptions>>().Value.Authority is { Length: > 0 }
                ? ActivatorUtilities.CreateInstance<AuthorityTokenKeys>(s)
                : new SiloTokenKeys(
                    () => s.GetRequiredService<ChatCalls>().Grains.Directory().SigningKeys(),
                    s.GetRequiredService<IOptions<AuthOptions>>(),
                    s.GetRequiredService<TimeProvider>()
                )
        );
        services.AddSingleton<VerifiedTokens>().AddSingleton<AccessTokens>().AddSingleton<Identities>().AddSingleton<HubTickets>();
        services.AddSingleton<Revocations>().AddHostedService(s => s.GetRequiredService<Revocations>());
        services.AddSingleton<ISessionEndings>(s => s.GetRequiredService<Revocations>());
        services
            .AddAuthentication(Principals.Scheme)
            .AddScheme<AuthenticationSchemeOptions, ChatAuthentication>(Principals.Scheme, configureOptions: null);
        services.AddAuthorization();
        return services;
    }

    private static IServiceCollection AddChatRequests(this IServiceCollection services) =>
        services
            .AddSingleton<ChatCalls>()
            .AddSingleton(s => new OrderedSends(
                s.GetRequiredService<ChatCalls>().SendAsync,
                s.GetRequiredService<IOptions<GatewayOptions>>().Value.MaxWaitingSends
            ))
            .AddSingleton<AccountRequests>()
            .AddSingleton<UserRequests>()
            .AddSingleton<ChatRequests>()
            .AddSingleton<MessageRequests>()
            .AddSingleton<SyncRequests>()
            .AddSingleton<PresenceRequests>()
            .AddSingleton<RateLimiters>()
            .AddHostedService<BucketReports>();

    private static IServiceCollection AddChatHub(this IServiceCollection services)
    {
        services.AddSingleton<HubErrors>();
        services
            .AddOptions<HubOptions>()
            .Configure<IOptions<LimitOptions>, IOptions<GatewayOptions>>(
                (hub, limits, gateway) =>
                {
                    hub.MaximumReceiveMessageSize = limits.Value.MaxBodyBytes;
                    hub.MaximumParallelInvocationsPerClient = gateway.Value.ParallelCalls;
                }
            );
        services
            .AddSignalR(o => o.AddFilter<HubErrors>())
            .AddJsonProtocol(o => ProtocolJson.Configure(o.PayloadSerializerOptions))
            .AddChatMessagePackProtocol()
            .AnswerProblems();
        services.AddAdmission<ChatHub>();
        return services;
    }
}
