using Orleans.Chat.Check.Histories;

namespace Orleans.Chat.Check.Facts;

/// <summary>Where a client is in a chat.</summary>
internal struct Position
{
    public int Client;
    public int Chat;

    /// <summary>Whether it has begun, and up to where it applied.</summary>
    public bool Begun;
    public long Applied;
    public long AppliedAt;
    public LinePlace AppliedPlace;

    /// <summary>The resume after which nothing was applied yet.</summary>
    public LinePlace Resumed;

    /// <summary>A bit for the seq of each message that it applied.</summary>
    public ulong[]? Held;

    /// <summary>Where it may go on instead, when it may have gone back.</summary>
    public long Behind;

    /// <summary>The highest revision that it was shown, applied or not, and of those the highest of a new message and of a member.</summary>
    public long Shown;
    public long ShownMessage;
    public LinePlace ShownMessagePlace;
    public long ShownMember;

    /// <summary>The highest seq that was acknowledged to it.</summary>
    public long Acked;
    public LinePlace AckedPlace;

    /// <summary>Reads under way, and when the earliest of them may have begun.</summary>
    public int Reads;
    public long ReadsBegan;

    /// <summary>Where it says that it is at the end.</summary>
    public LinePlace End;
    public long EndRevision;
}
