using CsCheck;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Chat.Grains.Chats;
using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.Grains.Interfaces.Delivery;
using Orleans.Chat.Protocol;
using Orleans.Chat.Support;

namespace Orleans.Chat.Grains.Tests.Chats;

/// <summary>Chats that keep little in memory, so that most answers come half from the tail and half from the store.</summary>
public sealed class ForgetfulCluster(PostgresFixture postgres) : ChatCluster(postgres)
{
    internal override ClusterSetup Setup => new() { Configure = Forget };

    internal static void Forget(IServiceCollection services) => services.Configure<ChatOptions>(o => (o.Tail, o.RecentChanges) = (4, 6));
}

/// <summary>Whatever is done to a chat: who follows it by changes, or by pushes, holds what a fresh fetch shows.</summary>
[Collection(ClustersCollection.Name)]
public sealed class ConvergenceTests(ForgetfulCluster forgetful) : IClassFixture<ForgetfulCluster>
{
    private const int Lives = 25;
    private static readonly Gen<string> Types = Gen.Bool.Select(group => group ? ChatTypes.Group : ChatTypes.Channel);
    private readonly GrainCluster _cluster = forgetful.Cluster;

    [Fact]
    public async Task A_replica_that_follows_by_pages_of_changes_holds_what_a_fresh_fetch_shows()
    {
        var step = Gen.Select(Op.Gen1, Gen.Int[0, 12], Gen.Int[1, 7], (Op, Sync, Limit) => (Op, Sync, Limit));
        await Gen.Select(Types, step.List[5, 50])
            .SampleAsync(
                async (type, steps) =>
                {
                    var chat = await RandomChat.StartAsync(_cluster, type);
                    var replicas = chat.Users.Select(u => new Replica(_cluster, chat.Id, u)).ToArray();
                    foreach (var (op, sync, limit) in steps)
                    {
                        await chat.DoAsync(op);
                        // Now and then one of them looks; the others fall behind.
                        if (sync < replicas.Length && await IsInAsync(chat, replicas[sync].Viewer))
                            await FollowAsync(replicas[sync], limit);
                    }
                    foreach (var replica in replicas)
                        await SameAsFreshAsync(chat, replica, steps[0].Limit, catchUp: true);
                },
                iter: Lives,
                threads: 1
            );
    }

    [Fact]
    public async Task A_replica_that_follows_by_what_its_gateway_was_pushed_holds_what_a_fresh_fetch_shows()
    {
        var gateway = await _cluster.NewGatewayAsync();
        await Gen.Select(Types, Op.Gen1.List[5, 40])
            .SampleAsync(
                async (type, ops) =>
                {
                    var chat = await RandomChat.StartAsync(_cluster, type, gateway);
                    var places = chat.Users.Select(u => new Place(new Replica(_cluster, chat.Id, u))).ToArray();
                    var applied = 0;
                    await TakeAllAsync();
                    foreach (var op in ops)
                    {
                        await chat.DoAsync(op);
                        await TakeAllAsync();
                    }
                    gateway.Chat(chat.Id).Contradictions.ShouldBeEmpty();
                    foreach (var place in places)
                        await SameAsFreshAsync(chat, place.Replica, 3, catchUp: false);

                    async Task TakeAllAsync()
                    {
                        var head = (await forgetful.Database.CountAsync(chat.Id)).Revision;
                        foreach (var entry in (await gateway.Chat(chat.Id).ReachAsync(head)).Skip(applied).ToArray())
                        {
                            applied++;
                            foreach (var place in places)
                                await place.TakeAsync(entry);
                        }
                    }
                },
                iter: Lives,
                threads: 1
            );
    }

    private static Task FollowAsync(Replica replica, int limit) =>
        replica.Revision == 0 ? replica.FetchAsync(limit) : replica.CatchUpAsync(limit);

    private async Task<bool> IsInAsync(RandomChat chat, string user) => (await _cluster.Client.Chat(chat.Id).Members(user, null, 1)).Ok;

    private async Task SameAsFreshAsync(RandomChat chat, Replica replica, int limit, bool catchUp)
    {
        if (!await IsInAsync(chat, replica.Viewer))
        {
            (await _cluster.Client.Chat(chat.Id).GetChanges(replica.Viewer, 0, 10)).Problem!.Code.ShouldBe(ProblemCodes.NotFound);
            return;
        }
        if (catchUp)
            await FollowAsync(replica, limit);
        foreach (var (user, message) in chat.Hidden)
        {
            if (user == replica.Viewer)
                replica.Hide(message);
        }
        replica
            .Held()
            .ShouldBe(await Replica.FreshAsync(_cluster, chat.Id, replica.Viewer, limit), $"{chat.Id} as {replica.Viewer} sees it");
        // What was committed before now is told by the store as it is by memory.
        await _cluster.DeactivateAsync(_cluster.Client.Chat(chat.Id));
        replica.Held().ShouldBe(await Replica.FreshAsync(_cluster, chat.Id, replica.Viewer, limit), "the same from the store");
    }

    /// <summary>One user's place in the chat as its gateway knows it, and what it is shown.</summary>
    private sealed class Place(Replica replica)
    {
        private long? _joinedSeq;
        private bool _historyAll;

        public Replica Replica => replica;

        public async Task TakeAsync(DeliveryEntry entry)
        {
            if (entry.Event is ChatCreated or ChatUpdated or MemberJoined)
                _historyAll = entry.HistoryAll;
            var comes =
                (entry.Event is ChatCreated && entry.Members!.Contains(replica.Viewer))
                || (entry.Event is MemberJoined joined && joined.Member.UserId == replica.Viewer);
            if (comes)
            {
                // It gets its own arrival, and fetches the chat, which may be further by then.
                _joinedSeq = entry.Event is MemberJoined ? entry.JoinedSeq : 0;
                if (entry.Revision > replica.Revision)
                    await replica.FetchAsync(5);
            }
            if (_joinedSeq is not { } seq || entry.Revision <= replica.Revision)
                return;
            replica.Apply(entry.VisibleTo(replica.Viewer, seq, _historyAll) ? entry.Event : new Noop { Revision = entry.Revision });
            if (entry.Event is MemberLeft left && left.Member.UserId == replica.Viewer)
                _joinedSeq = null;
        }
    }
}
