using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Orleans.Chat.Grains.Chats;
using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.Grains.Interfaces.Chats;
using Orleans.Chat.Protocol;
using Orleans.Chat.Support;
using static Orleans.Chat.Grains.Tests.Chats.ChatTestCalls;

namespace Orleans.Chat.Grains.Tests.Chats;

/// <summary>Chats that keep four messages in memory and take sixteen at once.</summary>
public sealed class NarrowCluster(PostgresFixture postgres) : ChatCluster(postgres)
{
    public const int Tail = 4;
    public const int MaxPending = 16;

    internal override ClusterSetup Setup =>
        new() { Configure = services => services.Configure<ChatOptions>(o => (o.Tail, o.MaxPending) = (Tail, MaxPending)) };
}

/// <summary>What a send promises: one place for one id, in the sender's order, at the pace that the chat allows.</summary>
[Collection(ClustersCollection.Name)]
public sealed class SendTests(NarrowCluster narrow) : IClassFixture<NarrowCluster>, IAsyncLifetime
{
    private readonly GrainCluster _cluster = narrow.Cluster;
    private string _ann = "";
    private string _bob = "";
    private string _chat = "";

    private IChatGrain Grain => _cluster.Client.Chat(_chat);

    public async ValueTask InitializeAsync()
    {
        (_ann, _bob) = (await _cluster.NewUserAsync("ann"), await _cluster.NewUserAsync("bob"));
        _chat = await _cluster.NewGroupAsync(_ann, _bob);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    public static TheoryData<string, string> Histories()
    {
        var histories = new TheoryData<string, string>();
        foreach (var changed in (string[])["nothing", "edited", "deleted"])
        {
            foreach (var from in (string[])["the tail", "the store", "a new activation"])
                histories.Add(changed, from);
        }
        return histories;
    }

    [Theory]
    [MemberData(nameof(Histories))]
    public async Task A_repeat_gets_the_first_outcome_and_another_body_or_sender_a_conflict(string changed, string from)
    {
        var message = Text("first") with { Metadata = new MetadataJson("""{"a":1}""") };
        var first = await _cluster.SendAsync(_chat, _ann, message);
        if (changed == "edited")
            (await Grain.Edit(_ann, message.MessageId, "edited", null)).Ok.ShouldBeTrue();
        if (changed == "deleted")
            (await Grain.DeleteMessage(_ann, message.MessageId)).Ok.ShouldBeTrue();
        if (from == "the store")
        {
            for (var i = 0; i <= NarrowCluster.Tail; i++)
                await _cluster.SayAsync(_chat, _bob, $"{i}");
        }
        if (from == "a new activation")
            await _cluster.DeactivateAsync(Grain);
        var before = await narrow.Database.CountAsync(_chat);

        var repeated = await _cluster.SendAsync(_chat, _ann, message);
        repeated.Repeated.ShouldBeTrue();
        CanonicalJson.Of(repeated).ShouldBe(CanonicalJson.Of(first));
        (await ConflictsAsync(_ann, message with { Content = "other" })).ShouldBeTrue();
        (await ConflictsAsync(_ann, message with { Metadata = null })).ShouldBeTrue();
        (await ConflictsAsync(_bob, message)).ShouldBeTrue();
        if (changed == "edited")
            (await ConflictsAsync(_ann, message with { Content = "edited" })).ShouldBeTrue();

        var after = await narrow.Database.CountAsync(_chat);
        (after with { Epoch = 0 }).ShouldBe(before with { Epoch = 0 });
        (await _cluster.SayAsync(_chat, _ann, "next")).Seq.ShouldBe(before.HeadSeq + 1);
    }

    [Theory]
    [InlineData("the tail")]
    [InlineData("the store")]
    [InlineData("a new activation")]
    public async Task A_repeat_needs_no_right_that_was_taken_away_since(string from)
    {
        var message = Text("first");
        var first = await _cluster.SendAsync(_chat, _bob, message);
        await AskAsync(() => Grain.Update(_ann, new UpdateChat { Settings = new ChatSettings { WhoCanPost = SettingValues.PostAdmins } }));
        for (var i = 0; from == "the store" && i <= NarrowCluster.Tail; i++)
            await _cluster.SayAsync(_chat, _ann, $"{i}");
        if (from == "a new activation")
            await _cluster.DeactivateAsync(Grain);

        CanonicalJson.Of(await _cluster.SendAsync(_chat, _bob, message)).ShouldBe(CanonicalJson.Of(first));
        (await ConflictsAsync(_bob, message with { Content = "other" })).ShouldBeTrue();
        (await _cluster.TryAsync(_chat, _bob, Text("second"))).Problem!.Code.ShouldBe(ProblemCodes.Forbidden);
    }

    [Fact]
    public async Task A_repeat_gets_its_first_outcome_while_somebody_else_uses_its_id()
    {
        var message = Text("first");
        var first = await _cluster.SendAsync(_chat, _ann, message);
        await _cluster.DeactivateAsync(Grain);
        await AskAsync(() => Grain.Get(_ann));
        var held = await LockAsync();
        var other = Grain.Send(_bob, [message]);
        await LockAwaitedAsync();

        CanonicalJson.Of(await _cluster.SendAsync(_chat, _ann, message)).ShouldBe(CanonicalJson.Of(first));
        await held.DisposeAsync();

        (await other)[0].Problem!.Code.ShouldBe(ProblemCodes.MessageIdConflict);
    }

    [Fact]
    public async Task A_repeat_of_a_send_that_is_on_its_way_waits_for_it_and_a_conflict_does_not()
    {
        var message = Text("slow");
        var held = await LockAsync();
        var first = Grain.Send(_ann, [message, message]);
        await TakenAsync(message.MessageId);
        var again = Grain.Send(_ann, [message]);

        (await ConflictsAsync(_bob, message)).ShouldBeTrue();
        (await ConflictsAsync(_ann, message with { Content = "other" })).ShouldBeTrue();
        again.IsCompleted.ShouldBeFalse();
        await held.DisposeAsync();

        var both = await first;
        both.Select(o => (o.Value!.Seq, o.Value.Repeated)).ShouldBe([(1L, false), (1L, true)]);
        (await again)[0].Value.ShouldBe(both[0].Value! with { Repeated = true });
        (await narrow.Database.CountAsync(_chat)).Messages.ShouldBe(1);
    }

    [Fact]
    public async Task A_message_that_comes_while_its_senders_removal_is_being_written_is_held_to_it()
    {
        var held = await LockAsync();
        var removal = Grain.RemoveMember(_ann, _bob);
        await LockAwaitedAsync();
        var sent = Grain.Send(_bob, [Text("too late")]);
        // Not refused before it is sure that the removal comes to be, nor taken; others wait as long.
        var other = Grain.Send(_ann, [Text("in time")]);
        await held.DisposeAsync();

        (await removal).Ok.ShouldBeTrue();
        (await sent)[0].Problem!.Code.ShouldBe(ProblemCodes.NotFound);
        (await other)[0].Ok.ShouldBeTrue();
        (await _cluster.AllAsync(_chat, _ann)).ShouldNotContain(m => m.SenderId == _bob && m.Type == MessageTypes.Text);
    }

    [Theory]
    [InlineData("removed", "the activation that took it")]
    [InlineData("removed", "a new activation")]
    [InlineData("silenced", "a new activation")]
    public async Task Who_may_not_write_any_more_is_told_of_what_it_wrote_before(string how, string from)
    {
        var message = Text("before");
        var first = await _cluster.SendAsync(_chat, _bob, message);
        if (how == "removed")
            (await Grain.RemoveMember(_ann, _bob)).Ok.ShouldBeTrue();
        else
            (
                await Grain.Update(_ann, new UpdateChat { Settings = new ChatSettings { WhoCanPost = SettingValues.PostAdmins } })
            ).Ok.ShouldBeTrue();
        if (from == "a new activation")
            await _cluster.DeactivateAsync(Grain);

        var refusal = how == "removed" ? ProblemCodes.NotFound : ProblemCodes.Forbidden;
        (await _cluster.TryAsync(_chat, _bob, Text("after"))).Problem!.Code.ShouldBe(refusal);
        CanonicalJson.Of(await _cluster.SendAsync(_chat, _bob, message)).ShouldBe(CanonicalJson.Of(first));
        if (how != "removed")
            return;
        // What is not its own stays hidden: a conflict would tell a stranger that there is such a message.
        (await _cluster.TryAsync(_chat, _bob, message with { Content = "other" })).Problem!.Code.ShouldBe(refusal);
        (await _cluster.TryAsync(_chat, await _cluster.NewUserAsync("cy"), message)).Problem!.Code.ShouldBe(refusal);
    }

    [Fact]
    public async Task Sends_that_come_while_a_commit_is_under_way_share_the_next_one()
    {
        var held = await LockAsync();
        var first = _cluster.SayAsync(_chat, _ann, "holds the writer up");
        await LockAwaitedAsync();
        var messages = Enumerable.Range(0, 10).Select(i => Text($"{i}")).ToArray();
        var others = messages.Select((m, i) => _cluster.SendAsync(_chat, i % 2 == 0 ? _ann : _bob, m)).ToArray();
        foreach (var message in messages)
            await TakenAsync(message.MessageId);
        await held.DisposeAsync();
        await first;
        await Task.WhenAll(others);

        var row = await narrow.Database.RowAsync("SELECT count(DISTINCT xmin::text), count(*) FROM messages WHERE chat_id = $1", _chat);
        row.ShouldBe([2L, 11L]);
    }

    [Fact]
    public async Task More_than_a_chat_takes_at_once_is_overloaded_from_the_first_refused_on()
    {
        var held = await LockAsync();
        var messages = Enumerable.Range(0, NarrowCluster.MaxPending + 4).Select(i => Text($"{i}")).ToArray();
        // A repeat of one that is on its way, behind refused ones, does not make the order worse; it is refused with them all the same.
        var sent = Grain.Send(_ann, [.. messages, messages[0]]);
        await TakenAsync(messages[0].MessageId);
        var (other, repeat) = (Grain.Send(_bob, [Text("no room for me")]), Grain.Send(_ann, [messages[0]]));

        (await other)[0].Problem!.Code.ShouldBe(ProblemCodes.Overloaded);
        await held.DisposeAsync();

        var answers = await sent;
        answers[..NarrowCluster.MaxPending]
            .Select(a => a.Value!.Seq)
            .ShouldBe(Enumerable.Range(1, NarrowCluster.MaxPending).Select(i => (long)i));
        answers[NarrowCluster.MaxPending..].ShouldAllBe(a => a.Problem!.Code == ProblemCodes.Overloaded && a.Problem.RetryAfterMs > 0);
        (await repeat)[0].Value!.Repeated.ShouldBeTrue();
        foreach (var message in messages[NarrowCluster.MaxPending..])
            await _cluster.SendAsync(_chat, _ann, message);
        (await _cluster.AllAsync(_chat, _ann)).Select(m => m.MessageId).ShouldBe(messages.Select(m => m.MessageId));
    }

    [Fact]
    public async Task Slow_mode_makes_members_wait_and_not_those_who_lead()
    {
        (await Grain.Update(_ann, new UpdateChat { Settings = new ChatSettings { SlowModeS = 30 } })).Ok.ShouldBeTrue();
        var first = Text("first");
        await _cluster.SendAsync(_chat, _bob, first);

        var refused = (await _cluster.TryAsync(_chat, _bob, Text("too soon"))).Problem!;
        refused.Code.ShouldBe(ProblemCodes.RateLimited);
        // Rounded up, so that who waits as long as it is told is not told again.
        refused.RetryAfterMs!.Value.ShouldBeInRange(1, 30_001);
        (await _cluster.SendAsync(_chat, _bob, first)).Repeated.ShouldBeTrue();
        await _cluster.SayAsync(_chat, _ann, "one");
        await _cluster.SayAsync(_chat, _ann, "two");

        _cluster.Clock.Advance(TimeSpan.FromMilliseconds(refused.RetryAfterMs.Value));
        await _cluster.SayAsync(_chat, _bob, "second");
        (await _cluster.TryAsync(_chat, _bob, Text("too soon again"))).Problem!.Code.ShouldBe(ProblemCodes.RateLimited);
    }

    /// <summary>Waits until a message is on its way: a body that is refused whatever becomes of it is a conflict then.</summary>
    private Task TakenAsync(string messageId) => Eventually.HoldsAsync(() => ConflictsAsync(_ann, Text("", messageId)));

    private async Task<bool> ConflictsAsync(string sender, NewMessage message) =>
        (await _cluster.TryAsync(_chat, sender, message)).Problem?.Code == ProblemCodes.MessageIdConflict;

    /// <summary>Holds the chat's row, so that its next commit waits.</summary>
    private async Task<NpgsqlConnection> LockAsync()
    {
        var connection = new NpgsqlConnection(narrow.Database.ConnectionString + ";Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand("BEGIN; SELECT 1 FROM chats WHERE chat_id = @chat FOR UPDATE", connection);
        command.Parameters.AddWithValue("chat", _chat);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        return connection;
    }

    private Task LockAwaitedAsync() =>
        Eventually.HoldsAsync(async () =>
            (long)
                (
                    await narrow.Database.RowAsync(
                        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
                    )
                )[0] > 0
        );
}
