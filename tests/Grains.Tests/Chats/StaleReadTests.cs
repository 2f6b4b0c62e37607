using Microsoft.Extensions.DependencyInjection;
using Orleans.Chat.Grains.Clustering;
using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.Grains.Interfaces.Chats;
using Orleans.Chat.Protocol;
using Orleans.Chat.Support;
using static Orleans.Chat.Grains.Tests.Chats.ChatTestCalls;

namespace Orleans.Chat.Grains.Tests.Chats;

/// <summary>Two clusters over one database; the first can be kept from reading its membership, as a silo on the wrong side of a partition is.</summary>
public sealed class CutOffCluster(PostgresFixture postgres) : ChatCluster(postgres)
{
    internal GrainCluster Other { get; private set; } = null!;

    internal Membership Seen { get; } = new();

    internal override ClusterSetup Setup => new() { Configure = Seen.Decorate };

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Other = await GrainCluster.StartAsync(Database.ConnectionString);
    }

    public override async ValueTask DisposeAsync()
    {
        Seen.CutOff = false;
        await Other.DisposeAsync();
        await base.DisposeAsync();
    }

    /// <summary>The silo's own, whose table cannot be read while it is cut off.</summary>
    internal sealed class Membership
    {
        public bool CutOff { get; set; }

        public void Decorate(IServiceCollection services)
        {
            var own = services.Last(s => s.ServiceType == typeof(IClusterMembershipService));
            services.AddSingleton<IClusterMembershipService>(s => new Decorated(
                (IClusterMembershipService)own.ImplementationFactory!(s),
                this
            ));
        }

        private sealed class Decorated(IClusterMembershipService own, Membership seen) : IClusterMembershipService
        {
            public ClusterMembershipSnapshot CurrentSnapshot => own.CurrentSnapshot;

            public IAsyncEnumerable<ClusterMembershipSnapshot> MembershipUpdates => own.MembershipUpdates;

            public ValueTask Refresh(MembershipVersion minimumVersion = default, CancellationToken cancellationToken = default) =>
                seen.CutOff ? throw new TimeoutException("The table cannot be read.") : own.Refresh(minimumVersion, cancellationToken);

            public Task<bool> TryKill(SiloAddress siloAddress) => own.TryKill(siloAddress);
        }
    }
}

/// <summary>What an activation answers that was replaced and cannot know: nothing out of its memory.</summary>
[Collection(ClustersCollection.Name)]
public sealed class StaleReadTests(CutOffCluster clusters) : IClassFixture<CutOffCluster>
{
    private static readonly Dictionary<string, Func<IChatGrain, string, string, Task<Problem?>>> Reads = new(StringComparer.Ordinal)
    {
        ["the chat"] = (chat, user, _) => ProblemOf(chat.Get(user)),
        ["members"] = (chat, user, _) => ProblemOf(chat.Members(user, null, 10)),
        ["a page"] = (chat, user, _) => ProblemOf(chat.Page(user, new PageQuery { Limit = 10 })),
        ["a message"] = (chat, user, id) => ProblemOf(chat.GetMessage(user, id)),
        ["edits"] = (chat, user, id) => ProblemOf(chat.GetEdits(user, id)),
        ["changes"] = (chat, user, _) => ProblemOf(chat.GetChanges(user, 0, 10)),
        ["a pull"] = (chat, _, _) => ProblemOf(chat.Pull(0, 10)),
    };

    public static TheoryData<string> All => [.. Reads.Keys];

    [Theory, MemberData(nameof(All))]
    public async Task Who_was_removed_elsewhere_reads_nothing_from_an_activation_that_was_replaced(string what)
    {
        var (ours, theirs) = (clusters.Cluster, clusters.Other);
        var (ann, bob) = (await ours.NewUserAsync("ann"), await ours.NewUserAsync("bob"));
        var chat = await ours.NewGroupAsync(ann, bob);
        var message = await ours.SayAsync(chat, ann, "for members");
        await AskAsync(() => ours.Client.Chat(chat).Edit(ann, message.MessageId, "for members, edited", null));
        (await Reads[what](ours.Client.Chat(chat), bob, message.MessageId)).ShouldBeNull();

        clusters.Seen.CutOff = true;
        try
        {
            await AskAsync(() => theirs.Client.Chat(chat).RemoveMember(ann, bob));
            // Its lease is over by then: it lasts three seconds.
            ours.Clock.Advance(TimeSpan.FromSeconds(4));

            // The next activation may know better, and says so.
            (await Reads[what](ours.Client.Chat(chat), bob, message.MessageId))
                .ShouldNotBeNull()
                .Retry.ShouldBeTrue();
        }
        finally
        {
            clusters.Seen.CutOff = false;
            await Eventually.HoldsAsync(() => Task.FromResult(ours.Service<ClusterState>().LeaseIsFresh));
        }
    }

    private static async Task<Problem?> ProblemOf<T>(Task<Outcome<T>> read) => (await read).Problem;
}
