using CsCheck;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Chat.Grains.Chats;
using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.Grains.Interfaces.Chats;
using Orleans.Chat.Protocol;
using Orleans.Chat.Support;

namespace Orleans.Chat.Grains.Tests.Chats;

/// <summary>Two clusters over one database: the chats of one keep everything in memory, those of the other next to nothing.</summary>
public sealed class TailClusters(PostgresFixture postgres) : ChatCluster(postgres)
{
    internal GrainCluster Forgetful { get; private set; } = null!;

    internal override ClusterSetup Setup => Keeping(1_000);

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Forgetful = await GrainCluster.StartAsync(Database.ConnectionString, Keeping(1));
    }

    public override async ValueTask DisposeAsync()
    {
        await Forgetful.DisposeAsync();
        await base.DisposeAsync();
    }

    private static ClusterSetup Keeping(int entries) =>
        new() { Configure = services => services.Configure<ChatOptions>(o => (o.Tail, o.RecentChanges) = (entries, entries)) };
}

[Collection(ClustersCollection.Name)]
public sealed class TailTests(TailClusters clusters) : IClassFixture<TailClusters>
{
    private static readonly string?[] Kinds = [null, MessageTypes.Text, MessageTypes.System];

    [Fact]
    public async Task Memory_and_store_give_the_same_answers()
    {
        var ops = Op.Gen1.Where(o => o.Kind != OpKind.Deactivate).List[10, 40];
        await Gen.Select(Gen.Bool, ops)
            .SampleAsync(
                async (group, life) =>
                {
                    var chat = await RandomChat.StartAsync(clusters.Cluster, group ? ChatTypes.Group : ChatTypes.Channel);
                    foreach (var op in life)
                        await chat.DoAsync(op);

                    // All that the one answers from memory first: the other one's first call takes the chat away from it.
                    var fromMemory = await AnswersAsync(clusters.Cluster, chat);
                    var fromStore = await AnswersAsync(clusters.Forgetful, chat);

                    fromStore.ShouldBe(fromMemory);
                },
                iter: 12,
                threads: 1
            );
    }

    private static async Task<List<string>> AnswersAsync(GrainCluster cluster, RandomChat chat)
    {
        var grain = cluster.Client.Chat(chat.Id);
        var answers = new List<string>();
        var head = (await cluster.Client.Chat(chat.Id).Pull(0, 1)).Value!.Head;
        foreach (var viewer in chat.Users)
        {
            foreach (var limit in (int[])[1, 2, 5, 200])
            {
                foreach (var type in Kinds)
                    Note("newest", await grain.Page(viewer, new PageQuery { Limit = limit, Type = type }));
                foreach (var id in chat.Messages.Where((_, i) => i % 3 == 0))
                {
                    Note("before", await grain.Page(viewer, new PageQuery { Limit = limit, Before = id }));
                    Note("after", await grain.Page(viewer, new PageQuery { Limit = limit, After = id }));
                    Note("around", await grain.Page(viewer, new PageQuery { Limit = limit, Around = id }));
                }
                for (var after = 0L; after <= head; after += 3)
                    Note("changes", await grain.GetChanges(viewer, after, limit));
            }
            foreach (var id in chat.Messages)
                Note("message", await grain.GetMessage(viewer, id));
            Note("chat", await grain.Get(viewer));
        }
        return answers;

        void Note<T>(string what, Outcome<T> answer) => answers.Add($"{what}: {CanonicalJson.Of(answer)}");
    }
}
