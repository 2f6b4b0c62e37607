using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.Grains.Interfaces.Chats;
using Orleans.Chat.Grains.Interfaces.Delivery;
using Orleans.Chat.Protocol;
using static Orleans.Chat.Grains.Tests.Chats.ChatTestCalls;

namespace Orleans.Chat.Grains.Tests.Chats;

/// <summary>What was before somebody joined, and what was deleted, on every path that could show it: from memory, and from the store.</summary>
[Collection(ClustersCollection.Name)]
public sealed class VisibilityTests(NarrowCluster narrow) : IClassFixture<NarrowCluster>, IAsyncLifetime
{
    private const string Secret = "nobody new may know";
    private readonly GrainCluster _cluster = narrow.Cluster;
    private string _ann = "";
    private string _bob = "";
    private string _eve = "";
    private string _chat = "";

    private IChatGrain Grain => _cluster.Client.Chat(_chat);

    public async ValueTask InitializeAsync()
    {
        (_ann, _bob, _eve) = (await _cluster.NewUserAsync("ann"), await _cluster.NewUserAsync("bob"), await _cluster.NewUserAsync("eve"));
        _chat = await _cluster.NewGroupAsync(_ann, _bob);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_was_before_a_member_joined_is_on_no_path_of_a_group(bool longAgo)
    {
        var old = Text(Secret);
        await _cluster.SendAsync(_chat, _ann, old);
        await AskAsync(() => Grain.SetMember(_ann, _eve, null));
        // It is edited and reacted to after she came: the revisions are hers, the contents are not.
        await AskAsync(() => Grain.Edit(_ann, old.MessageId, Secret + ", edited", null));
        await AskAsync(() => Grain.React(_bob, old.MessageId, "+1", false));
        if (longAgo)
            await ForgetAsync();

        var all = await _cluster.AllAsync(_chat, _eve, 2);
        all[0].Type.ShouldBe(MessageTypes.System);
        all.Select(m => m.Seq).ShouldBe(Enumerable.Range(2, all.Count).Select(i => (long)i));
        var first = all[0].MessageId;
        (await PageAsync(new PageQuery { Limit = 10, Before = first })).Messages.ShouldBeEmpty();
        (await PageAsync(new PageQuery { Limit = 10, Around = first })).Messages.ShouldAllBe(m => m.Seq > 1);
        foreach (
            var query in (PageQuery[])
                [
                    new() { Limit = 1, Before = old.MessageId },
                    new() { Limit = 1, After = old.MessageId },
                    new() { Limit = 1, Around = old.MessageId },
                ]
        )
            (await Grain.Page(_eve, query)).Problem!.Code.ShouldBe(ProblemCodes.ValidationFailed);
        (await Grain.GetMessage(_eve, old.MessageId)).Problem!.Code.ShouldBe(ProblemCodes.NotFound);
        (await Grain.GetEdits(_eve, old.MessageId)).Problem!.Code.ShouldBe(ProblemCodes.NotFound);
        (await Grain.React(_eve, old.MessageId, "+1", false)).Problem!.Code.ShouldBe(ProblemCodes.NotFound);
        (await Grain.HideMessage(_eve, old.MessageId)).Problem!.Code.ShouldBe(ProblemCodes.NotFound);
        (await Grain.DeleteMessage(_eve, old.MessageId)).Problem!.Code.ShouldBe(ProblemCodes.NotFound);
        foreach (var reply in (NewMessage[])[Text("re") with { ReplyTo = old.MessageId }, Text("in") with { ThreadId = old.MessageId }])
            (await _cluster.TryAsync(_chat, _eve, reply)).Problem!.Code.ShouldBe(ProblemCodes.ValidationFailed);
        await NothingTellsAsync(_eve);

        // Who was there sees it all.
        (await AskAsync(() => Grain.GetMessage(_bob, old.MessageId))).Content.ShouldBe(Secret + ", edited");
        (await _cluster.SendAsync(_chat, _bob, Text("re") with { ReplyTo = old.MessageId })).Seq.ShouldBe(all.Count + 2);
    }

    [Fact]
    public async Task A_member_that_joins_an_empty_view_has_no_last_message_of_others()
    {
        await _cluster.SayAsync(_chat, _ann, Secret);
        await AskAsync(() => Grain.SetMember(_ann, _eve, null));
        var told = await AskAsync(() => Grain.Get(_eve));

        // The message that tells of the joining is the first that she sees.
        told.LastMessage!.Type.ShouldBe(MessageTypes.System);
        await AskAsync(() => Grain.HideMessage(_eve, told.LastMessage.MessageId));
        var view = await AskAsync(() => Grain.Get(_eve));
        view.LastMessage.ShouldBeNull();
        (view.JoinedSeq, view.UnreadCount, view.ReadSeq).ShouldBe((1, 0, 1));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_deleted_for_everyone_is_nowhere_any_more(bool longAgo)
    {
        var message = Text(Secret) with { Metadata = new MetadataJson($$"""{"note":"{{Secret}}"}""") };
        await _cluster.SendAsync(_chat, _ann, message);
        await AskAsync(() => Grain.Edit(_ann, message.MessageId, Secret + ", edited", null));
        await AskAsync(() => Grain.React(_bob, message.MessageId, "+1", false));
        (await AskAsync(() => Grain.GetEdits(_bob, message.MessageId))).Edits.Length.ShouldBe(1);
        if (longAgo)
            await ForgetAsync();

        (await Grain.DeleteMessage(_bob, message.MessageId)).Problem!.Code.ShouldBe(ProblemCodes.Forbidden);
        await AskAsync(() => Grain.DeleteMessage(_ann, message.MessageId));
        await AskAsync(() => Grain.DeleteMessage(_ann, message.MessageId));

        foreach (var viewer in (string[])[_ann, _bob])
        {
            await NothingTellsAsync(viewer);
            var tombstone = await AskAsync(() => Grain.GetMessage(viewer, message.MessageId));
            (tombstone.Seq, tombstone.Content, tombstone.Metadata, tombstone.Reactions.Length).ShouldBe((1, "", null, 0));
            tombstone.DeletedAt.ShouldNotBeNull();
            (await AskAsync(() => Grain.GetEdits(viewer, message.MessageId))).Edits.ShouldBeEmpty();
        }
        (await Grain.Edit(_ann, message.MessageId, "again", null)).Problem!.Code.ShouldBe(ProblemCodes.NotFound);
        (await Grain.React(_ann, message.MessageId, "+1", false)).Problem!.Code.ShouldBe(ProblemCodes.NotFound);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_one_deletes_for_oneself_stays_for_the_others(bool longAgo)
    {
        var gateway = await _cluster.NewGatewayAsync();
        await gateway.ConnectAsync(_bob);
        var message = Text(Secret);
        await _cluster.SendAsync(_chat, _ann, message);
        if (longAgo)
            await ForgetAsync();

        await AskAsync(() => Grain.HideMessage(_bob, message.MessageId));
        await AskAsync(() => Grain.HideMessage(_bob, message.MessageId));
        await gateway.HearsAsync<UserEvent>(e =>
            e.UserId == _bob && e.Event is MessageHidden hidden && hidden.MessageId == message.MessageId
        );
        // A change of it afterwards is none of his either.
        await AskAsync(() => Grain.Edit(_ann, message.MessageId, Secret + ", edited", null));

        await NothingTellsAsync(_bob);
        (await Grain.GetMessage(_bob, message.MessageId)).Problem!.Code.ShouldBe(ProblemCodes.NotFound);
        (await Grain.GetEdits(_bob, message.MessageId)).Problem!.Code.ShouldBe(ProblemCodes.NotFound);
        (await AskAsync(() => Grain.GetMessage(_ann, message.MessageId))).Content.ShouldBe(Secret + ", edited");
        // It still marks a place.
        (await Grain.Page(_bob, new PageQuery { Limit = 5, After = message.MessageId })).Ok.ShouldBeTrue();
        await gateway.FallSilentAsync();
    }

    [Fact]
    public async Task When_the_last_owner_leaves_the_longest_standing_of_the_highest_role_inherits()
    {
        await AskAsync(() => Grain.SetMember(_ann, _eve, Roles.Admin));
        await AskAsync(() => Grain.RemoveMember(_ann, _ann));
        (await RolesAsync(_eve)).ShouldBe([$"{_bob} member", $"{_eve} owner"], ignoreOrder: true);

        await _cluster.DeactivateAsync(Grain);
        await AskAsync(() => Grain.RemoveMember(_eve, _eve));
        (await RolesAsync(_bob)).ShouldBe([$"{_bob} owner"]);
        (await Grain.SetMember(_bob, _bob, Roles.Member)).Problem!.Code.ShouldBe(ProblemCodes.Forbidden);

        // Nobody is left to own it.
        await AskAsync(() => Grain.RemoveMember(_bob, _bob));
        (await Grain.Get(_bob)).Problem!.Code.ShouldBe(ProblemCodes.NotFound);
        var again = await Grain.Create(_bob, new CreateChat { Type = ChatTypes.Group });
        again.Problem!.Code.ShouldBe(ProblemCodes.Conflict);
    }

    [Theory]
    [InlineData("never was")]
    [InlineData("was deleted")]
    public async Task Who_come_together_to_a_chat_that_is_not_there_are_all_told_so(string how)
    {
        var chat = how == "was deleted" ? await _cluster.NewGroupAsync(_ann, _bob) : Guid.CreateVersion7().ToString("N");
        if (how == "was deleted")
            (await _cluster.Client.Chat(chat).DeleteChat(_ann)).Ok.ShouldBeTrue();

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 200).Select(i => _cluster.Client.Chat(chat).Send(i % 2 == 0 ? _ann : _bob, [Text("who reads this?")]))
        );

        answers.ShouldAllBe(a => a[0].Problem!.Code == ProblemCodes.NotFound);
    }

    private async Task<IEnumerable<string>> RolesAsync(string viewer) =>
        (await AskAsync(() => Grain.Members(viewer, null, 10))).Members.Select(m => $"{m.UserId} {m.Role}");

    private async Task<MessagesPage> PageAsync(PageQuery query) => await AskAsync(() => Grain.Page(_eve, query));

    /// <summary>Pushes what came before out of the tail.</summary>
    private async Task ForgetAsync()
    {
        for (var i = 0; i <= NarrowCluster.Tail; i++)
            await _cluster.SayAsync(_chat, _ann, $"later {i}");
    }

    /// <summary>No page, change or view shows the secret to this viewer.</summary>
    private async Task NothingTellsAsync(string viewer)
    {
        (await _cluster.AllAsync(_chat, viewer, 3)).ShouldAllBe(m => !m.ToString().Contains(Secret, StringComparison.Ordinal));
        foreach (var after in (long[])[0, 1, 2])
        {
            var changes = await AskAsync(() => Grain.GetChanges(viewer, after, 100));
            changes.Changes.ShouldAllBe(c => !c.ToString().Contains(Secret, StringComparison.Ordinal));
            changes
                .Changes.Select(c => c.Revision!.Value)
                .ShouldBe(Enumerable.Range((int)after + 1, changes.Changes.Length).Select(r => (long)r));
        }
        (await AskAsync(() => Grain.Get(viewer))).ToString().ShouldNotContain(Secret);
    }
}
