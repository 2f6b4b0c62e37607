using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Orleans.Chat.Grains.Chats;
using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.Protocol;
using Orleans.Chat.Support;
using static Orleans.Chat.Grains.Tests.Chats.ChatTestCalls;

namespace Orleans.Chat.Grains.Tests.Chats;

/// <summary>Chats that may ask for one delivery a second.</summary>
public sealed class FrugalCluster(PostgresFixture postgres) : ChatCluster(postgres)
{
    internal override ClusterSetup Setup =>
        new() { Configure = services => services.Configure<ChatOptions>(o => o.DeliveriesPerSecond = 1) };
}

/// <summary>What all who write to one chat may ask of the gateways together.</summary>
[Collection(ClustersCollection.Name)]
public sealed class DeliveryBudgetTests(FrugalCluster frugal) : IClassFixture<FrugalCluster>
{
    private readonly GrainCluster _cluster = frugal.Cluster;

    [Theory]
    [InlineData(2, 50_000)]
    [InlineData(50, 2_000)]
    [InlineData(10_000, 10)]
    [InlineData(1_000_000, 0.1)]
    public void What_is_taken_keeps_to_the_rate_however_many_members_there_are(int members, double changesPerSecond)
    {
        var time = new FakeTimeProvider();
        var budget = new DeliveryBudget(100_000, time);
        var taken = 0;
        // As who asks as often as it may, and sooner than it is told; a second of it is a thousand tries.
        for (var tries = 0; tries < 100_000; tries++)
        {
            while (budget.Take(members) is null)
                taken++;
            time.Advance(TimeSpan.FromMilliseconds(1));
        }

        // In 100 seconds, the two that are there at first, and what begins before the bucket is empty.
        ((double)taken).ShouldBeInRange(100 * changesPerSecond, (102 * changesPerSecond) + 2);
    }

    [Fact]
    public void Who_waits_as_long_as_it_is_told_is_not_refused_again()
    {
        var time = new FakeTimeProvider();
        var budget = new DeliveryBudget(100_000, time);
        for (var i = 0; i < 1_000; i++)
        {
            Problem? refusal;
            while ((refusal = budget.Take(33_333)) is null) { }
            refusal.Code.ShouldBe(ProblemCodes.RateLimited);
            time.Advance(TimeSpan.FromMilliseconds(refusal.RetryAfterMs!.Value));
            budget.Take(33_333).ShouldBeNull();
        }
    }

    [Fact]
    public async Task Who_writes_to_all_waits_and_what_comes_after_does_not_overtake()
    {
        var (users, chat) = await NewChatOf(5);
        var grain = _cluster.Client.Chat(chat);
        var first = Text("first");
        // Five deliveries: five seconds' worth.
        await _cluster.SendAsync(chat, users[0], first);

        var refused = await grain.Send(users[1], [Text("second"), Text("third")]);
        refused.ShouldAllBe(r => r.Problem!.Code == ProblemCodes.RateLimited);
        refused[0].Problem!.RetryAfterMs!.Value.ShouldBeInRange(1, 3_001);
        (await grain.Edit(users[0], first.MessageId, "edited", null)).Problem!.Code.ShouldBe(ProblemCodes.RateLimited);
        (await grain.React(users[1], first.MessageId, "+1", false)).Problem!.Code.ShouldBe(ProblemCodes.RateLimited);
        // It is there: nothing is delivered for it.
        (await _cluster.SendAsync(chat, users[0], first)).Repeated.ShouldBeTrue();

        _cluster.Clock.Advance(TimeSpan.FromMilliseconds(refused[0].Problem!.RetryAfterMs!.Value));
        await _cluster.SayAsync(chat, users[2], "in time");
        (await _cluster.AllAsync(chat, users[0])).Where(m => m.Type == MessageTypes.Text).Count().ShouldBe(2);
    }

    [Fact]
    public async Task What_keeps_order_in_a_chat_waits_for_nobody_and_other_chats_have_their_own()
    {
        var (users, chat) = await NewChatOf(5);
        var (others, other) = await NewChatOf(5);
        var grain = _cluster.Client.Chat(chat);
        var message = await _cluster.SayAsync(chat, users[1], "what must go");

        (await grain.DeleteMessage(users[0], message.MessageId)).Ok.ShouldBeTrue();
        (await grain.RemoveMember(users[0], users[1])).Ok.ShouldBeTrue();
        (await grain.Update(users[0], new UpdateChat { Settings = new ChatSettings { SlowModeS = 30 } })).Ok.ShouldBeTrue();
        await _cluster.SayAsync(other, others[1], "elsewhere");
    }

    private async Task<(string[] Users, string Chat)> NewChatOf(int members)
    {
        var users = await Task.WhenAll(Enumerable.Range(0, members).Select(i => _cluster.NewUserAsync($"u{i}")));
        return (users, await _cluster.NewGroupAsync(users));
    }
}
