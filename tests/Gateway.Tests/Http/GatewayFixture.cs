using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Chat.Gateway.Auth;
using Orleans.Chat.Gateway.Delivery;
using Orleans.Chat.Gateway.Tests.Auth;
using Orleans.Chat.Gateway.Tests.Requests;
using Orleans.Chat.Grains.Interfaces.Chats;
using Orleans.Chat.Grains.Interfaces.Users;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Tests.Http;

/// <summary>The real gateway on a real port, with no cluster behind it: whatever reaches a grain finds no silo.</summary>
public class GatewayFixture : IAsyncLifetime
{
    private readonly Issuer _issuer = new();
    private WebApplication? _app;

    public Uri Address { get; private set; } = new("http://localhost");

    public string Token => _issuer.Token(TimeProvider.System.GetUtcNow());

    /// <summary>What is configured, by <c>Section:Property</c>.</summary>
    protected virtual IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>(StringComparer.Ordinal);

    /// <summary>What stands in for a service.</summary>
    protected virtual void Replace(IServiceCollection services) { }

    protected IServiceProvider Services => _app!.Services;

    internal ISessionEndings Endings => _app!.Services.GetRequiredService<ISessionEndings>();

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration.AddInMemoryCollection(Settings);
        builder.AddChatGateway();
        // What runs by itself asks the cluster, and delivers what comes from it.
        foreach (var service in builder.Services.Where(IsOwnHosted).ToArray())
            builder.Services.Remove(service);
        builder.Services.AddSingleton(DispatchProxy.Create<IGrainFactory, NoSilo>());
        builder.Services.AddSingleton<IConnections, NoConnections>();
        builder.Services.Replace(ServiceDescriptor.Singleton<ITokenKeys>(_issuer));
        Replace(builder.Services);
        _app = builder.Build();
        _app.MapChatGateway();
        _app.MapGet(
            "/bug",
            () =>
            {
                throw new InvalidDataException("secret");
            }
        );
        await _app.StartAsync(TestContext.Current.CancellationToken);
        Address = new Uri(_app.Urls.First());
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
            await _app.DisposeAsync();
        _issuer.Dispose();
        GC.SuppressFinalize(this);
    }

    private static bool IsOwnHosted(ServiceDescriptor service) =>
        service.ServiceType == typeof(IHostedService)
        && (service.ImplementationFactory is not null || service.ImplementationType?.Assembly == typeof(GatewayOptions).Assembly);

    internal string TokenFor(string user) => _issuer.Token(TimeProvider.System.GetUtcNow(), (_, p) => p["sub"] = user);

    internal string TokenOf(string session) => _issuer.Token(TimeProvider.System.GetUtcNow(), (_, p) => p["sid"] = session);

    public class NoSilo : DispatchProxy
    {
        /// <summary>The one chat that can be reached: it takes what is sent to it.</summary>
        public const string Reachable = "reachable";

        /// <summary>One that is asked for more deliveries than it may.</summary>
        public const string Full = "full";

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            args is [Reachable, ..] ? DispatchProxy.Create<IChatGrain, Taking>()
            : args is [Full, ..] ? DispatchProxy.Create<IChatGrain, Refusing>()
            : args is [Tickets, ..] ? DispatchProxy.Create<IAccountGrain, Account>()
            : throw new SiloUnavailableException();

        /// <summary>The one user whose tickets can be redeemed, once each.</summary>
        public const string Tickets = "tickets";
    }

    public class Account : DispatchProxy
    {
        private static readonly ConcurrentDictionary<string, bool> Used = new(StringComparer.Ordinal);

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            targetMethod!.Name == nameof(IAccountGrain.RedeemTicket) && Used.TryAdd((string)args![0]!, true)
                ? Task.FromResult<Outcome<string>>("session-1")
                : Task.FromResult<Outcome<string>>(Problem.Of(ProblemCodes.Unauthenticated));
    }

    public class Refusing : DispatchProxy
    {
        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            Task.FromResult<Outcome<SentMessage>[]>([
                .. ((NewMessage[])args![1]!).Select(_ => (Outcome<SentMessage>)Problem.Of(ProblemCodes.RateLimited)),
            ]);
    }

    public class Taking : DispatchProxy
    {
        public static ConcurrentQueue<string> Taken { get; } = new();

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => TakeAsync((NewMessage[])args![1]!);

        private static async Task<Outcome<SentMessage>[]> TakeAsync(NewMessage[] messages)
        {
            foreach (var message in messages)
                Taken.Enqueue(message.Content);
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, TestContext.Current.CancellationToken);
            return [.. messages.Select(m => OrderedSendsTests.Sent(m))];
        }
    }

    private sealed class NoConnections : IConnections
    {
        public Task<Problem?> OpenedAsync(HubCallerContext context, string userId, string sessionId, DateTimeOffset tokenExpiresAt) =>
            Task.FromResult<Problem?>(null);

        public Task ClosedAsync(HubCallerContext context) => Task.CompletedTask;

        public Task<UserPresence[]> WatchPresenceAsync(string connectionId, string[] userIds) =>
            Task.FromResult<UserPresence[]>([
                .. userIds.Select(u => new UserPresence
                {
                    UserId = u,
                    Status = "offline",
                    LastSeenAt = DateTimeOffset.UnixEpoch,
                }),
            ]);

        public void TokenExtended(string connectionId, DateTimeOffset expiresAt) { }
    }
}
