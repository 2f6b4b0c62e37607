using System.Globalization;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Grains.Tests.Model;

/* What each user is shown, as lines of text. One rule decides all of it: a member sees the messages after its joined_seq (all of them while history is
 * "all") but those that it hid from itself; who is no member sees nothing, but of a public chat what it is called. */
internal sealed partial class ChatModel
{
    /// <summary>The answer of what was done and has no more to say.</summary>
    public const string Ok = "ok";

    private bool All => _history == "all";

    /// <summary>Two who block each other, or one the other: neither sees how far the other is.</summary>
    private bool Estranged => _members.Keys.Any(Blocked);

    private bool Sees(string user, ModelMessage message, bool alsoHidden = false) =>
        (All || message.Seq > _members[user].JoinedSeq) && (alsoHidden || !message.HiddenFrom.Contains(user));

    private IEnumerable<ModelMessage> Seen(string user) => _messages.Where(m => Sees(user, m));

    /// <summary>A message by its id, or <c>s7</c> for the seventh; null for one that this user may not see.</summary>
    private ModelMessage? Find(string user, string target, bool alsoHidden = false)
    {
        var message =
            target[0] == 's'
                ? _messages.ElementAtOrDefault(int.Parse(target[1..], CultureInfo.InvariantCulture) - 1)
                : _messages.Find(m => m.Id == target);
        return message is not null && IsMember(user) && Sees(user, message, alsoHidden) ? message : null;
    }

    public string Get(string user)
    {
        if (IsMember(user))
            return $"{Summary(user)}, last: {(Seen(user).LastOrDefault() is { } last ? Line(last) : "none")}";
        return _visibility == "public" ? Chat : ProblemCodes.NotFound;
    }

    private string Chat => $"{_name} {_post}/{_history}/{_visibility} revision {Revision} head {Head} members {_members.Count}";

    /// <summary>The chat as it stands in a member's list.</summary>
    public string Summary(string user)
    {
        if (!_members.TryGetValue(user, out var me))
            return "not listed";
        var unread = _messages.Skip((int)me.Read).Count(m => m.Type != MessageTypes.System);
        var mentions = Seen(user).Count(m => m.Seq > me.Read && m.Mentioned == user);
        return $"{Chat} {me.Role} joined {(All ? 0 : me.JoinedSeq)} unread {unread} mentions {mentions} delivered {me.Delivered} read {me.Read}";
    }

    public string Members(string user) =>
        IsMember(user) ? string.Join('\n', _members.Keys.Select(m => MemberLine(user, m))) : ProblemCodes.NotFound;

    private string MemberLine(string viewer, string user)
    {
        var member = _members[user];
        var (delivered, read) = Estranged && user != viewer ? (0, 0) : (member.Delivered, member.Read);
        return $"{user} {member.Role} joined {(All ? 0 : member.JoinedSeq)} delivered {delivered} read {read}";
    }

    public string Message(string user, string target) => Find(user, target) is { } message ? Line(message) : ProblemCodes.NotFound;

    public string Edits(string user, string target) =>
        Find(user, target) is { } message ? string.Join('\n', message.Earlier) : ProblemCodes.NotFound;

    /// <param name="user">Who reads.</param>
    /// <param name="where"><c>before</c>, <c>after</c> or <c>around</c> the message; else the newest page.</param>
    /// <param name="target">A message.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="type">Only these; null for all.</param>
    public string Page(string user, string where, string target, int limit, string? type)
    {
        if (!IsMember(user))
            return ProblemCodes.NotFound;
        var at = Find(user, target, alsoHidden: true);
        if (where != "newest" && at is null)
            return ProblemCodes.ValidationFailed;
        var seen = Seen(user).Where(m => type is null || m.Type == type).ToList();
        var (older, newer) = where switch
        {
            "before" => (seen.FindAll(m => m.Seq < at!.Seq), []),
            "after" => ([], seen.FindAll(m => m.Seq > at!.Seq)),
            "around" => (seen.FindAll(m => m.Seq <= at!.Seq), seen.FindAll(m => m.Seq > at!.Seq)),
            _ => (seen, new List<ModelMessage>()),
        };
        var wantOlder = where switch
        {
            "after" => 0,
            "around" => (limit + 1) / 2,
            _ => limit,
        };
        var page = older.TakeLast(wantOlder).Concat(newer.Take(where == "around" ? limit - wantOlder : limit)).Select(Line);
        var more = older.Count > wantOlder || newer.Count > (where == "around" ? limit - wantOlder : limit);
        return string.Join('\n', page.Append(more ? "more" : "no more"));
    }

    /// <summary>All that a user sees of the messages, oldest first.</summary>
    public string History(string user) => IsMember(user) ? string.Join('\n', Seen(user).Select(Line)) : ProblemCodes.NotFound;

    /// <summary>What happened after a revision, each change with its message as it is now.</summary>
    public string Changes(string user, long after, int limit)
    {
        if (!IsMember(user))
            return ProblemCodes.NotFound;
        if (after > Revision)
            return ProblemCodes.HistoryRewound;
        var page = _changes.Skip((int)after).Take(limit).ToList();
        var lines = page.Select((change, i) => $"{after + i + 1} {Told(user, change)}");
        return string.Join('\n', lines.Append(after + page.Count < Revision ? "more" : "no more"));
    }

    private string Told(string user, ModelChange change) =>
        change switch
        {
            { Message: null, User: null } => $"{change.Kind} {_name}",
            { Message: null } => $"{change.Kind} {change.User} {change.Detail}",
            { Message: { } message } when !Sees(user, message) => "noop",
            // The reactions of a deleted message went with it.
            { Kind: "reaction.changed", Message: { } message } => message.Deleted
                ? "noop"
                : $"{change.Kind} {Name(message)} {message.Seq} {change.User} {change.Detail}",
            { Message: { } message } => $"{change.Kind} {Line(message)}",
        };

    private static string Name(ModelMessage message) => message.Id ?? $"s{message.Seq}";

    private string Line(ModelMessage m) =>
        $"{m.Seq} {Name(m)} revision {m.Revision} {m.Sender} {m.Type} {m.Now}"
        + $"{(m.Edited ? " edited" : "")}{(m.Deleted ? " deleted" : "")}{Reactions(m)} {Status(m)}";

    // Of each emoji in the order in which its users came; of emojis no order is promised.
    private static string Reactions(ModelMessage message) =>
        string.Concat(message.Reactions.GroupBy(r => r.Emoji).Select(g => $" {g.Key}:{string.Join(',', g.Select(r => r.User))}").Order());

    /// <summary>How far every other member is; <c>sent</c> when there is no other.</summary>
    private string Status(ModelMessage message)
    {
        var others = _members.Where(m => m.Key != message.Sender).Select(m => m.Value).ToArray();
        return Estranged || others.Length == 0 ? MessageStatus.Sent
            : others.All(m => m.Read >= message.Seq) ? MessageStatus.Read
            : others.All(m => m.Delivered >= message.Seq) ? MessageStatus.Delivered
            : MessageStatus.Sent;
    }

    /// <summary>Ids of messages that a user hid from itself, which no revision tells.</summary>
    public IEnumerable<string> HiddenBy(string user) => _messages.Where(m => m.HiddenFrom.Contains(user)).Select(Name);

    /// <summary>Messages of which there is, or was, more to read than what they say.</summary>
    public IEnumerable<string> Changed(string user) => IsMember(user) ? Seen(user).Where(m => m.Edited || m.Deleted).Select(Name) : [];
}
