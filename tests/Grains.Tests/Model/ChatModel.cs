using Orleans.Chat.Protocol;

namespace Orleans.Chat.Grains.Tests.Model;

/// <summary>What a message says: its text, and of its metadata whom it mentions.</summary>
/// <param name="About">The message that it answers; of one of the server's own, whom or what it tells of.</param>
internal sealed record Body(string Content, string? Mention = null, string? About = null)
{
    public override string ToString() => $"'{Content}'{(Mention is null ? "" : $" @{Mention}")}{(About is null ? "" : $" about {About}")}";
}

/* The rules of one chat as docs/protocol.md has them, in plain code: who may do what, what each call answers, and what it leaves behind. It has no
 * memory apart from a store, no numbers but the lengths of its two lists, and shares nothing with the grain. What each member is then shown is in the
 * other half, ChatModel.Views.cs. An answer is one line of text: a value, or the code of a problem. */
internal sealed partial class ChatModel
{
    private readonly SortedDictionary<string, ModelMember> _members = new(StringComparer.Ordinal);
    private readonly List<ModelMessage> _messages = [];
    private readonly List<ModelChange> _changes = [];
    private readonly HashSet<(string By, string Whom)> _blocks = [];
    private string _name = "Us";
    private string _post;
    private string _history;
    private string _visibility;

    public ChatModel(string type, string[] members)
    {
        var open = type is ChatTypes.Channel or ChatTypes.Broadcast;
        (Type, _history, _visibility) = (type, open ? "all" : "joined", open ? "public" : "private");
        _post = type switch
        {
            ChatTypes.Broadcast => "admins",
            ChatTypes.Channel => "members",
            _ => "everyone",
        };
        foreach (var user in members)
            _members.Add(user, new ModelMember(user == members[0] && !Direct ? Roles.Owner : Roles.Member));
        _changes.Add(new ModelChange("chat.created"));
    }

    public string Type { get; }
    public long Head => _messages.Count;
    public long Revision => _changes.Count;

    public bool IsMember(string user) => _members.ContainsKey(user);

    private bool Direct => Type == ChatTypes.Direct;

    private static bool Leads(string role) => role is Roles.Owner or Roles.Admin;

    private bool OnlyOwner(ModelMember member) => member.Role == Roles.Owner && _members.Values.Count(m => m.Role == Roles.Owner) == 1;

    /// <summary>Who is blocked writes nothing to who blocks it.</summary>
    private bool Blocked(string writer) => Direct && _members.Keys.Any(other => _blocks.Contains((other, writer)));

    public string Send(string user, string id, Body body)
    {
        if (Answered(user, id, body) is { } answer)
            return answer;
        var message = Append(user, id, MessageTypes.Text, body);
        return $"seq {message.Seq} revision {message.Created}";
    }

    /// <summary>What a send is answered that leaves nothing behind; null for one that takes its place.</summary>
    /// <remarks>
    /// A repeat is known before anything else is looked at: it changes nothing, so no right is needed for it any more. Of a chat that was deleted nothing is left
    /// that could be known.
    /// </remarks>
    public string? Answered(string user, string id, Body body)
    {
        if (_members.Count == 0)
            return ProblemCodes.NotFound;
        var first = _messages.Find(m => m.Id == id);
        if (first?.Sender == user && first.Sent == body)
            return $"seq {first.Seq} revision {first.Created} again";
        // Who is no member is not told that there is another one of that id.
        if (!IsMember(user))
            return ProblemCodes.NotFound;
        if (first is not null)
            return ProblemCodes.MessageIdConflict;
        var may = _post switch
        {
            "admins" => Leads(_members[user].Role),
            "members" => _members[user].Role != Roles.Guest,
            _ => true,
        };
        if (!may || Blocked(user))
            return ProblemCodes.Forbidden;
        var answersNothing = body.About is { } reply && Find(user, reply, alsoHidden: true) is null;
        return body.Content.Length == 0 || answersNothing ? ProblemCodes.ValidationFailed : null;
    }

    public string Edit(string user, string target, Body body)
    {
        if (Find(user, target) is not { } message)
            return ProblemCodes.NotFound;
        if (message.Sender != user || message.Type == MessageTypes.System)
            return ProblemCodes.Forbidden;
        if (message.Deleted)
            return ProblemCodes.NotFound;
        if (Blocked(user))
            return ProblemCodes.Forbidden;
        if (body.Content.Length == 0)
            return ProblemCodes.ValidationFailed;
        message.Earlier.Add(message.Now);
        // Metadata that is not given stays as it is.
        message.Now = body.Mention is null ? message.Now with { Content = body.Content } : body;
        message.Edited = true;
        message.Mentioned = MentionedBy(user, message.Now);
        Change("message.updated", message);
        return Line(message);
    }

    public string DeleteMessage(string user, string target)
    {
        if (Find(user, target) is not { } message)
            return ProblemCodes.NotFound;
        var own = message.Sender == user && message.Type != MessageTypes.System;
        if (!own && (Direct || !Leads(_members[user].Role)))
            return ProblemCodes.Forbidden;
        if (message.Deleted)
            return Ok;
        (message.Deleted, message.Now, message.Mentioned) = (true, new Body(""), null);
        message.Earlier.Clear();
        message.Reactions.Clear();
        Change("message.deleted", message);
        return Ok;
    }

    public string Hide(string user, string target)
    {
        if (Find(user, target, alsoHidden: true) is not { } message)
            return ProblemCodes.NotFound;
        message.HiddenFrom.Add(user);
        return Ok;
    }

    public string React(string user, string target, string emoji, bool removed)
    {
        if (Find(user, target) is not { Deleted: false } message)
            return ProblemCodes.NotFound;
        if (!removed && Blocked(user))
            return ProblemCodes.Forbidden;
        if (removed ? message.Reactions.Remove((emoji, user)) : !message.Reactions.Contains((emoji, user)))
        {
            if (!removed)
                message.Reactions.Add((emoji, user));
            Change("reaction.changed", message, user, $"{emoji} {(removed ? "off" : "on")}");
        }
        return Ok;
    }

    public string SetMember(string user, string other, string? role)
    {
        if (!_members.TryGetValue(user, out var caller))
            return ProblemCodes.NotFound;
        if (_members.TryGetValue(other, out var there))
        {
            if (role is null || role == there.Role)
                return MemberLine(user, other);
            var may = caller.Role == Roles.Owner || caller.Role == Roles.Admin && !Leads(there.Role) && !Leads(role);
            if (Direct || !may || OnlyOwner(there))
                return ProblemCodes.Forbidden;
            SetRole(other, role);
            return MemberLine(user, other);
        }
        role ??= Roles.Member;
        if (Direct || !Leads(caller.Role) || Leads(role) && caller.Role != Roles.Owner || _blocks.Contains((other, user)))
            return ProblemCodes.Forbidden;
        Add(other, role, user, "member.added");
        return MemberLine(user, other);
    }

    public string Join(string user)
    {
        if (!IsMember(user))
        {
            if (_visibility != "public")
                return ProblemCodes.NotFound;
            Add(user, Roles.Member, user, "member.joined");
        }
        return Get(user);
    }

    /// <summary>Removes a member, or leaves. The last owner's place is taken; who leaves last takes the chat along.</summary>
    public string Remove(string user, string other)
    {
        if (!_members.TryGetValue(user, out var caller) || !_members.TryGetValue(other, out var leaving))
            return ProblemCodes.NotFound;
        var may = user == other || caller.Role == Roles.Owner || caller.Role == Roles.Admin && !Leads(leaving.Role);
        if (Direct || !may)
            return ProblemCodes.Forbidden;
        if (_members.Count == 1)
            return Vanish();
        if (OnlyOwner(leaving))
            SetRole(Heir(other), Roles.Owner);
        _members.Remove(other);
        Change("member.left", null, other, leaving.Role);
        Tell(user, user == other ? "member.left" : "member.removed", other);
        return Ok;
    }

    private string Heir(string leaving) =>
        _members
            .Where(m => m.Key != leaving)
            .OrderBy(m => Array.IndexOf([Roles.Admin, Roles.Member, Roles.Guest], m.Value.Role))
            .ThenBy(m => m.Value.Since)
            .First()
            .Key;

    public string Update(string user, string? name, string? post, string? history, string? visibility)
    {
        if (!_members.TryGetValue(user, out var caller))
            return ProblemCodes.NotFound;
        if (Direct || !Leads(caller.Role))
            return ProblemCodes.Forbidden;
        if (visibility == "public" && Type is not (ChatTypes.Channel or ChatTypes.Broadcast))
            return ProblemCodes.ValidationFailed;
        var renamed = name is not null && name != _name;
        (_name, _post, _history, _visibility) = (name ?? _name, post ?? _post, history ?? _history, visibility ?? _visibility);
        Change("chat.updated");
        if (renamed)
            Tell(user, "chat.renamed", name!);
        return Get(user);
    }

    public string DeleteChat(string user) =>
        !_members.TryGetValue(user, out var caller) ? ProblemCodes.NotFound
        : Direct || caller.Role != Roles.Owner ? ProblemCodes.Forbidden
        : Vanish();

    /// <summary>Cursors only grow, stop at the head, and read counts as delivered.</summary>
    public string Acknowledge(string user, long delivered, long read)
    {
        if (!_members.TryGetValue(user, out var member))
            return "none";
        member.Read = Math.Max(member.Read, Math.Min(read, Head));
        member.Delivered = Math.Max(member.Read, Math.Max(member.Delivered, Math.Min(delivered, Head)));
        return $"delivered {member.Delivered} read {member.Read}";
    }

    public void Block(string by, string whom, bool blocked)
    {
        if (blocked)
            _blocks.Add((by, whom));
        else
            _blocks.Remove((by, whom));
    }

    /// <summary>A new member sees what comes after it, and has read what was before.</summary>
    private void Add(string user, string role, string actor, string told)
    {
        _members.Add(user, new ModelMember(role, Head, Revision));
        Change("member.joined", null, user, role);
        Tell(actor, told, user);
    }

    private void SetRole(string user, string role)
    {
        _members[user].Role = role;
        Change("member.updated", null, user, role);
    }

    private string Vanish()
    {
        _members.Clear();
        _visibility = "private";
        return Ok;
    }

    /// <summary>A message of the server's own, in the name of who did it.</summary>
    private void Tell(string actor, string what, string about) => Append(actor, null, MessageTypes.System, new Body(what, About: about));

    /// <summary>The next message; its sender has read the chat up to it.</summary>
    private ModelMessage Append(string sender, string? id, string type, Body body)
    {
        var message = new ModelMessage(id, Head + 1, sender, type, body, Revision + 1) { Now = body };
        message.Mentioned = MentionedBy(sender, body);
        _messages.Add(message);
        Change("message.created", message);
        if (_members.TryGetValue(sender, out var member))
            (member.Delivered, member.Read) = (Head, Head);
        return message;
    }

    private string? MentionedBy(string sender, Body body) => body.Mention is { } user && user != sender && IsMember(user) ? user : null;

    private void Change(string kind, ModelMessage? message = null, string? user = null, string? detail = null)
    {
        _changes.Add(new ModelChange(kind, message, user, detail));
        message?.Revision = Revision;
    }
}
