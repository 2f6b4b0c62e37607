using System.ComponentModel.DataAnnotations;

namespace Orleans.Chat.Grains.Chats;

/// <summary>Limits and sizes of a chat in memory. Section: <c>Chat</c>.</summary>
public sealed class ChatOptions
{
    public const string Section = "Chat";

    /// <summary>The newest messages that an active chat keeps in memory. Default 100: two pages; the newest page and small gaps cost no query.</summary>
    [Range(1, 10_000)]
    public int Tail { get; set; } = 100;

    /// <summary>The newest changes that an active chat can answer from memory. Default 256.</summary>
    [Range(1, 10_000)]
    public int RecentChanges { get; set; } = 256;

    /// <summary>Sends of one chat that may be on their way to the store. Default 4,096; more answers <c>overloaded</c>.</summary>
    [Range(16, 1_000_000)]
    public int MaxPending { get; set; } = 4_096;

    /// <summary>Members that a chat may have. Default 100,000.</summary>
    [Range(2, 10_000_000)]
    public int MaxMembers { get; set; } = 100_000;

    /// <summary>
    /// Deliveries a second that one chat may ask for: what is sent, edited or reacted with by all its members together, times its members. Default 100,000:
    /// ten a second in a chat of 10,000. Beyond two seconds' worth at once it answers <c>rate_limited</c>. <c>RateLimits:Enabled</c> false turns it off too.
    /// </summary>
    [Range(1, int.MaxValue)]
    public int DeliveriesPerSecond { get; set; } = 100_000;

    /// <summary>Milliseconds for which receipts and cursor writes are gathered. Default 500; protocol allows up to a second.</summary>
    [Range(1, 1_000)]
    public int GatherMs { get; set; } = 500;
}
