using Orleans.Chat.Protocol;

namespace Orleans.Chat.Grains.Presence;

/// <summary>What is known of a user being there, and what of it who may see.</summary>
internal sealed record PresenceView
{
    public required string UserId { get; init; }
    public bool Connected { get; init; }

    /// <summary>What the user chose last; holds while connected.</summary>
    public string Chosen { get; init; } = PresenceStatus.Online;
    public DateTimeOffset? LastSeenAt { get; init; }

    /// <summary>Whether the user lets nobody see when it was last there.</summary>
    public bool HidesLastSeen { get; init; }

    /// <summary>Whether <see cref="Blocks"/> and <see cref="HidesLastSeen"/> were read: until then nobody sees anything.</summary>
    public bool Read { get; init; }

    /// <summary>Who blocks the user or is blocked by it.</summary>
    public IReadOnlySet<string> Blocks { get; init; } = new HashSet<string>();

    /// <summary>The status that others see: an invisible user is offline.</summary>
    public string Shown => !Connected || Invisible ? PresenceStatus.Offline : Chosen;

    private bool Invisible => string.Equals(Chosen, PresenceStatus.Invisible, StringComparison.Ordinal);

    /// <summary>As this viewer, who shares a chat, sees it.</summary>
    public UserPresence For(string viewer)
    {
        if (string.Equals(viewer, UserId, StringComparison.Ordinal))
            return Of(Connected ? Chosen : PresenceStatus.Offline, Connected ? null : LastSeenAt);
        return !Read || Blocks.Contains(viewer) ? Of(PresenceStatus.Offline, null) : ForOthers();
    }

    /// <summary>As everybody sees it who is not in <see cref="Blocks"/>.</summary>
    public UserPresence ForOthers() => Of(Shown, Connected || HidesLastSeen ? null : LastSeenAt);

    private UserPresence Of(string status, DateTimeOffset? lastSeen) =>
        new()
        {
            UserId = UserId,
            Status = status,
            LastSeenAt = lastSeen,
        };
}
