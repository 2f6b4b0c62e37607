using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.Protocol;
using static Orleans.Chat.Grains.Tests.Chats.ChatTestCalls;

namespace Orleans.Chat.Grains.Tests.Chats;

/* What a client holds of one chat by the rules of protocol.md and nothing else: it fetches the chat when it gets into it, applies every durable
 * event as an upsert, and drops what is at or below its joined_seq. It is not the SDK's: what both sides have wrong would cancel out. */
internal sealed class Replica(GrainCluster cluster, string chat, string viewer)
{
    private readonly SortedDictionary<long, Message> _messages = [];
    private readonly SortedDictionary<string, Member> _members = new(StringComparer.Ordinal);
    private readonly HashSet<string> _hidden = new(StringComparer.Ordinal);
    private (string? Name, ChatSettings? Settings) _chat;

    public string Viewer => viewer;

    /// <summary>The revision that it stands at; 0 before it was in the chat for the first time.</summary>
    public long Revision { get; private set; }

    /// <summary>Gets into the chat: everything is read.</summary>
    public async Task FetchAsync(int limit)
    {
        _messages.Clear();
        _members.Clear();
        var view = await AskAsync(() => cluster.Client.Chat(chat).Get(viewer));
        _chat = (view.Name, view.Settings);
        foreach (var message in await cluster.AllAsync(chat, viewer, limit))
            _messages.Add(message.Seq, message);
        foreach (var member in await MembersAsync(limit))
            _members.Add(member.UserId, member);
        Revision = view.Revision;
    }

    /// <summary>Catches up by pages of changes.</summary>
    public async Task CatchUpAsync(int limit)
    {
        ChangesPage page;
        do
        {
            page = await AskAsync(() => cluster.Client.Chat(chat).GetChanges(viewer, Revision, limit));
            page.Changes.Length.ShouldBeLessThanOrEqualTo(limit);
            foreach (var change in page.Changes)
                Apply(change);
            page.Revision.ShouldBe(Revision);
        } while (page.HasMore);
    }

    /// <summary>One of the member's own, which no revision tells.</summary>
    public void Hide(string messageId) => _hidden.Add(messageId);

    public void Apply(ChatEvent e)
    {
        e.Revision.ShouldBe(Revision + 1, "revisions are dense for everybody");
        Revision++;
        switch (e)
        {
            case MessageCreated { Message: var message }:
                Upsert(message);
                break;
            case MessageUpdated { Message: var message }:
                Upsert(message);
                break;
            case MessageDeleted { Message: var message }:
                Upsert(message);
                break;
            case ReactionChanged reaction:
                React(reaction);
                break;
            case MemberJoined { Member: var member }:
                Join(member);
                break;
            case MemberUpdated { Member: var member }:
                _members[member.UserId] = member;
                break;
            case MemberLeft { Member: var member }:
                _members.Remove(member.UserId);
                break;
            case ChatCreated { Chat: var view }:
                _chat = (view.Name, view.Settings);
                break;
            case ChatUpdated { Chat: var view }:
                _chat = (view.Name, view.Settings);
                break;
        }
    }

    /// <summary>All that it holds, in the shape of <see cref="FreshAsync"/>.</summary>
    public string[] Held() => Show(_chat, _messages.Values.Where(m => !_hidden.Contains(m.MessageId)), _members.Values);

    /// <summary>All that the viewer would be shown now.</summary>
    public static async Task<string[]> FreshAsync(GrainCluster cluster, string chat, string viewer, int limit)
    {
        var fresh = new Replica(cluster, chat, viewer);
        await fresh.FetchAsync(limit);
        return fresh.Held();
    }

    private async Task<List<Member>> MembersAsync(int limit)
    {
        var all = new List<Member>();
        MembersPage page;
        string? cursor = null;
        do
        {
            page = await AskAsync(() => cluster.Client.Chat(chat).Members(viewer, cursor, limit));
            all.AddRange(page.Members);
            cursor = page.NextCursor;
        } while (cursor is not null);
        return all;
    }

    private void Join(Member member)
    {
        _members[member.UserId] = member;
        if (member.UserId != viewer)
            return;
        foreach (var seq in _messages.Keys.Where(s => s <= member.JoinedSeq).ToArray())
            _messages.Remove(seq);
    }

    private void Upsert(Message message)
    {
        if (!_messages.TryGetValue(message.Seq, out var held) || held.Revision <= message.Revision)
            _messages[message.Seq] = message;
    }

    private void React(ReactionChanged change)
    {
        // One that is shown as it became later has it already.
        if (!_messages.TryGetValue(change.Seq, out var held) || held.Revision >= change.Revision)
            return;
        var reactions = held.Reactions.ToList();
        var at = reactions.FindIndex(r => r.Emoji == change.Emoji);
        string[] users = at < 0 ? [] : [.. reactions[at].UserIds.Where(u => u != change.UserId)];
        if (!change.Removed)
            users = [.. users, change.UserId];
        var now = new Reaction
        {
            Emoji = change.Emoji,
            Count = users.Length,
            UserIds = users,
        };
        if (at < 0)
            reactions.Add(now);
        else
            reactions[at] = now;
        reactions.RemoveAll(r => r.Count == 0);
        _messages[change.Seq] = held with { Revision = change.Revision!.Value, Reactions = [.. reactions] };
    }

    // Status and cursors are told by receipts; a reaction tells no time, and no order of emojis is promised.
    private static string[] Show((string?, ChatSettings?) chat, IEnumerable<Message> messages, IEnumerable<Member> members) =>
        [
            $"{chat}",
            .. messages.Select(m =>
                CanonicalJson.Of(m with { Status = "", UpdatedAt = default, Reactions = [.. m.Reactions.OrderBy(r => r.Emoji)] })
            ),
            .. members.Select(m => CanonicalJson.Of(m with { DeliveredSeq = 0, ReadSeq = 0 })),
        ];
}
