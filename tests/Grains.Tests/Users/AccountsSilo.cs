using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Orleans.Chat.Grains.Delivery;
using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.Grains.Interfaces.Chats;
using Orleans.Chat.Grains.Interfaces.Delivery;
using Orleans.Chat.Grains.Presence;
using Orleans.Chat.Grains.Sessions;
using Orleans.Chat.Grains.Tests.Lists;
using Orleans.Chat.Grains.Users;
using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Chats;
using Orleans.Chat.Storage.Users;
using Orleans.TestingHost;

namespace Orleans.Chat.Grains.Tests.Users;

[CollectionDefinition(Name)]
public sealed class AccountsCollection : ICollectionFixture<AccountsSilo>
{
    public const string Name = "accounts silo";
}

/* One silo with the real grains of accounts, presence, lists and sessions. What they tell gateways is recorded, calls of chats are answered by
 * the test, and the clock stands until a test moves it. */
public sealed class AccountsSilo : IAsyncLifetime
{
    private InProcessTestCluster _cluster = null!;
    private int _users;

    internal MemoryAccounts Store { get; } = new();
    internal MemoryLists Lists { get; } = new();
    internal MentionCounts Mentions { get; } = new();
    internal RecordedGateways Gateways { get; } = new();
    internal ChatCalls Chats { get; } = new();
    internal FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    public IClusterClient Client => _cluster.Client;

    public async ValueTask InitializeAsync()
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSilo(
            (_, silo) =>
            {
                silo.Services.AddAccounts().AddPresence();
                silo.Services.Configure<TokenOptions>(o => o.PasswordIterations = 1_000);
                silo.Services.AddSingleton<IAccountStore>(Store).AddSingleton<ISessionStore>(Store).AddSingleton<IInstallationStore>(Store);
                silo.Services.AddSingleton<IChatLists>(Lists).AddSingleton<IMemberStore>(Lists).AddSingleton<IChatReader>(Mentions);
                silo.Services.AddSingleton<IGatewayPublisher>(Gateways);
                silo.Services.AddSingleton<GatewayWatch>()
                    .AddSingleton<Inquiries>()
                    .AddSingleton<LocalSessions>()
                    .AddSingleton<RouteTable>();
                silo.Services.AddOptions<DeliveryOptions>();
                silo.Services.AddSingleton<TimeProvider>(Clock);
                silo.Services.UseTimeProviderForBackgroundAreas(TimeProvider.System);
                silo.AddOutgoingGrainCallFilter(Chats);
                silo.AddIncomingGrainCallFilter<StoreFaultFilter>();
            }
        );
        _cluster = builder.Build();
        await _cluster.DeployAsync(TestContext.Current.CancellationToken);
        // Reads that no gateway lives, so that sessions know at once where nobody is.
        await Service<GatewayWatch>().StartAsync(CancellationToken.None);
        await Service<GatewayWatch>().FirstRead;
    }

    public async ValueTask DisposeAsync()
    {
        await Service<GatewayWatch>().StopAsync(CancellationToken.None);
        await _cluster.StopAllSilosAsync(CancellationToken.None);
        await _cluster.DisposeAsync();
    }

    internal T Service<T>()
        where T : notnull => _cluster.GetSiloServiceProvider(null!).GetRequiredService<T>();

    internal Task LoseAsync(IAddressable grain) => _cluster.DeactivateAsync(grain);

    /// <summary>A user id of this test's own.</summary>
    internal string NewId(string name = "user") => $"{name}.{Interlocked.Increment(ref _users)}";

    /// <summary>A registered user.</summary>
    internal async Task<Tokens> NewUser(string name = "user")
    {
        var id = NewId(name);
        var tokens = await Client
            .Account(id)
            .Register(
                new Register
                {
                    UserId = id,
                    DisplayName = name,
                    Password = Password,
                }
            );
        return tokens.Value!;
    }

    internal const string Password = "correct horse";
}

internal sealed class RecordedGateways : IGatewayPublisher
{
    private readonly ConcurrentQueue<(string Gateway, GatewayEvent Event)> _told = new();

    public IReadOnlyList<string> LiveGateways { get; set; } = ["g1", "g2"];

    public ValueTask PublishAsync(string gatewayId, GatewayEvent e)
    {
        _told.Enqueue((gatewayId, e));
        return ValueTask.CompletedTask;
    }

    public IReadOnlyList<(string Gateway, T Event)> Of<T>(Func<T, bool> about)
        where T : GatewayEvent => [.. _told.Where(t => t.Event is T e && about(e)).Select(t => (t.Gateway, (T)t.Event))];

    public IReadOnlyList<(string Gateway, UserPresence Presence)> PresencesOf(string userId) =>
        [.. Of<PresenceChanged>(p => p.Presence.UserId == userId).Select(p => (p.Gateway, p.Event.Presence))];
}

/// <summary>Answers the calls of chats in place of their grains.</summary>
internal sealed class ChatCalls : IOutgoingGrainCallFilter
{
    private readonly ConcurrentQueue<string> _refreshed = new();

    public ConcurrentDictionary<string, Outcome<ChatView>> Views { get; } = new();

    public IReadOnlyCollection<string> Refreshed => _refreshed;

    public Task Invoke(IOutgoingGrainCallContext context)
    {
        if (context.InterfaceMethod.DeclaringType != typeof(IChatGrain))
            return context.Invoke();
        var chatId = context.TargetId.Key.ToString()!;
        if (context.MethodName == nameof(IChatGrain.RefreshBlocks))
        {
            _refreshed.Enqueue(chatId);
            context.Result = null;
            return Task.CompletedTask;
        }
        context.Result = Views.TryGetValue(chatId, out var view) ? view : (Outcome<ChatView>)Problem.NotFound;
        return Task.CompletedTask;
    }
}
