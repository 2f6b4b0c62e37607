using System.Text.Json;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Grains.Tests.Model;

/// <summary>What the server answers, said in the model's words: its ids are names, its times are left out.</summary>
internal sealed class ModelNames
{
    private readonly Dictionary<string, string> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);

    public void Add(string name, string id)
    {
        _ids.Add(name, id);
        _names.Add(id, name);
    }

    public string Id(string name) => _ids[name];

    private string Name(string id) => _names.GetValueOrDefault(id, id);

    public string Line(Message m) =>
        $"{m.Seq} {MessageName(m.MessageId, m.Seq)} revision {m.Revision} {Name(m.SenderId)} {m.Type} {Body(m.Content, m.Metadata)}"
        + $"{(m.EditedAt is null ? "" : " edited")}{(m.DeletedAt is null ? "" : " deleted")}"
        + $"{string.Concat(m.Reactions.Select(Line).Order())} {m.Status}";

    private string Line(Reaction reaction)
    {
        reaction.Count.ShouldBe(reaction.UserIds.Length);
        return $" {reaction.Emoji}:{string.Join(',', reaction.UserIds.Select(Name))}";
    }

    /// <summary>One that no sender chose the id of has the name of its place.</summary>
    private string MessageName(string id, long seq) => _names.GetValueOrDefault(id, $"s{seq}");

    public string Line(MessageEdit edit) => Body(edit.Content, edit.Metadata);

    private string Body(string content, MetadataJson? metadata)
    {
        if (metadata is null)
            return new Body(content).ToString();
        using var json = JsonDocument.Parse(metadata.Json);
        var mention = json.RootElement.TryGetProperty("mentions", out var mentions) ? mentions[0].GetString() : null;
        var about =
            json.RootElement.TryGetProperty("about", out var what) ? what.GetString()
            : json.RootElement.TryGetProperty("reply_to", out var reply) ? reply.GetString()
            : null;
        return new Body(content, mention is null ? null : Name(mention), about is null ? null : Name(about)).ToString();
    }

    public string Line(Member member) =>
        $"{Name(member.UserId)} {member.Role} joined {member.JoinedSeq} delivered {member.DeliveredSeq} read {member.ReadSeq}";

    public string Line(ChatView chat) =>
        chat.Role is null ? Stranger(chat) : $"{Summary(chat)}, last: {(chat.LastMessage is { } last ? Line(last) : "none")}";

    /// <summary>As it stands in a member's list: there the last message has no status.</summary>
    public static string Summary(ChatView chat) =>
        $"{Stranger(chat)} {chat.Role} joined {chat.JoinedSeq} unread {chat.UnreadCount} mentions {chat.MentionCount}"
        + $" delivered {chat.DeliveredSeq} read {chat.ReadSeq}";

    private static string Stranger(ChatView chat) =>
        $"{chat.Name} {chat.Settings.WhoCanPost}/{chat.Settings.History}/{chat.Settings.Visibility}"
        + $" revision {chat.Revision} head {chat.HeadSeq} members {chat.MemberCount}";

    public string Line(ChatEvent e) =>
        $"{e.Revision} "
        + e switch
        {
            MessageCreated { Message: var message } => $"message.created {Line(message)}",
            MessageUpdated { Message: var message } => $"message.updated {Line(message)}",
            MessageDeleted { Message: var message } => $"message.deleted {Line(message)}",
            ReactionChanged r =>
                $"reaction.changed {MessageName(r.MessageId, r.Seq)} {r.Seq} {Name(r.UserId)} {r.Emoji} {(r.Removed ? "off" : "on")}",
            MemberJoined { Member: var member } => $"member.joined {Name(member.UserId)} {member.Role}",
            MemberUpdated { Member: var member } => $"member.updated {Name(member.UserId)} {member.Role}",
            MemberLeft { Member: var member } => $"member.left {Name(member.UserId)} {member.Role}",
            ChatCreated { Chat: var chat } => $"chat.created {chat.Name}",
            ChatUpdated { Chat: var chat } => $"chat.updated {chat.Name}",
            Noop => "noop",
            _ => e.ToString(),
        };
}
