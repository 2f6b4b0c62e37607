using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Orleans.Chat.Gateway.Auth;
using Orleans.Chat.Gateway.Delivery;
using Orleans.Chat.Gateway.Tests.Auth;
using Orleans.Chat.Protocol;
using Orleans.Runtime;

namespace Orleans.Chat.Gateway.Tests.Http;

/// <summary>The real gateway on a real port, with no cluster behind it: whatever reaches a grain finds no silo.</summary>
public sealed class GatewayFixture : IAsyncLifetime
{
    private readonly Issuer _issuer = new();
    private WebApplication? _app;

    public Uri Address { get; private set; } = new("http://localhost");

    public string Token => _issuer.Token(TimeProvider.System.GetUtcNow());

    internal ISessionEndings Endings => _app!.Services.GetRequiredService<ISessionEndings>();

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.AddChatGateway();
        builder.Services.AddSingleton(DispatchProxy.Create<IGrainFactory, NoSilo>());
        builder.Services.AddSingleton<IConnections, NoConnections>();
        builder.Services.Replace(ServiceDescriptor.Singleton<ITokenKeys>(_issuer));
        _app = builder.Build();
        _app.MapChatGateway();
        _app.MapGet("/bug", () => { throw new InvalidDataException("secret"); });
        await _app.StartAsync();
        Address = new Uri(_app.Urls.First());
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
            await _app.DisposeAsync();
        _issuer.Dispose();
    }

    internal string TokenOf(string session) => _issuer.Token(TimeProvider.System.GetUtcNow(), (_, p) => p["sid"] = session);

    public class NoSilo : DispatchProxy
    {
        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => throw new SiloUnavailableException();
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

        public void TellOwnDevices(string userId, string? exceptConnectionId, ChatEvent e) { }
    }
}
