namespace Orleans.Chat.Check.Generating;

/// <summary>How large a made-up history is, and how much goes wrong in it.</summary>
internal sealed record WorldOptions
{
    public int Seed { get; init; } = 1;
    public int Chats { get; init; } = 4;
    public int Users { get; init; } = 8;

    /// <summary>Of each chat, the first of them its admin.</summary>
    public int Members { get; init; } = 5;

    /// <summary>Between one thing that happens and the next, at most.</summary>
    public long StepNanoseconds { get; init; } = 100_000_000;
}

internal sealed class ModelMessage(string id, string sender, string hash)
{
    public string Id => id;
    public string Sender => sender;
    public string Hash { get; set; } = hash;
    public bool IsSystem { get; init; }
    public bool IsDeleted { get; set; }
    public long Seq { get; set; }
    public long Created { get; set; }

    /// <summary>The revision of its last change.</summary>
    public long Revision { get; set; }
}

/// <param name="Kind">As it is on the wire.</param>
/// <param name="User">Whom a change of members is about.</param>
internal sealed record ModelChange(long Revision, string Kind, ModelMessage? Message = null, string? User = null);

internal sealed class ModelMember
{
    public long Delivered { get; set; }
    public long Read { get; set; }
    public long JoinedSeq { get; init; }
    public long JoinedRevision { get; init; }
}

internal sealed class ModelChat(string id)
{
    public string Id => id;
    public List<ModelChange> Changes { get; } = [];
    public List<ModelMessage> Messages { get; } = [];
    public SortedDictionary<string, ModelMember> Members { get; } = new(StringComparer.Ordinal);

    /// <summary>The users that are in it, or were.</summary>
    public List<string> Users { get; } = [];
    public string Admin => Users[0];
    public long Revision => Changes.Count;
    public long Head => Messages.Count;

    public ModelChange Append(ModelMessage message)
    {
        message.Seq = Head + 1;
        message.Created = Revision + 1;
        Messages.Add(message);
        return Append("message", message);
    }

    public ModelChange Append(string kind, ModelMessage? message, string? user = null)
    {
        var change = new ModelChange(Revision + 1, kind, message, user);
        message?.Revision = change.Revision;
        Changes.Add(change);
        return change;
    }
}

/// <summary>Where a client is in a chat.</summary>
internal sealed class ModelPosition
{
    public bool Begun { get; set; }
    public long Applied { get; set; }

    /// <summary>Whether it came back into the chat while its client was away.</summary>
    public bool IsStale { get; set; }
}

internal sealed class ModelClient(string name, string user)
{
    public string Name => name;
    public string User => user;
    public bool IsConnected { get; set; }
    public bool IsKilled { get; set; }

    /// <summary>What comes on its connection comes in order: nothing before this.</summary>
    public long Heard { get; set; }
    public long Invoked { get; set; }
    public IReadOnlyList<string>? Watched { get; set; }
    public Dictionary<ModelChat, ModelPosition> Positions { get; } = [];

    public ModelPosition In(ModelChat chat)
    {
        if (!Positions.TryGetValue(chat, out var position))
            Positions.Add(chat, position = new ModelPosition());
        return position;
    }
}
