using Orleans.Chat.Check.Generating;
using Orleans.Chat.Check.Promises;

namespace Orleans.Chat.Check.Tests;

/// <summary>One way to spoil a correct history. It tells the line that a violation must name; null where the history has no place for it.</summary>
internal sealed record Fault(string Name, Promise Promise, Func<MadeHistory, Random, GeneratedLine?> Plant)
{
    public static IReadOnlyList<Fault> All { get; } = [.. SendFaults.All, .. OrderFaults.All, .. FollowFaults.All, .. StateFaults.All];
}

/// <summary>How a place for a fault is found.</summary>
internal static class Search
{
    public static GeneratedLine? Any(this MadeHistory history, Random random, Func<GeneratedLine, bool> where)
    {
        var found = history.Lines.Where(where).ToArray();
        return found.Length == 0 ? null : found[random.Next(found.Length)];
    }

    /// <summary>All lines of a type, or of types that begin so, that are about a line's message.</summary>
    public static GeneratedLine[] Of(this MadeHistory history, GeneratedLine message, string type) =>
        [.. history.Lines.Where(l => l.Type.StartsWith(type, StringComparison.Ordinal) && IsOf(l, message)).OrderBy(l => l.T)];

    public static bool IsOf(GeneratedLine line, GeneratedLine message) =>
        line.MessageId == message.MessageId && line.ChatId == message.ChatId;

    /// <summary>An acknowledgement of a message that was sent once, and is in the log.</summary>
    public static GeneratedLine? Acknowledged(this MadeHistory history, Random random, Func<GeneratedLine, bool>? where = null) =>
        history.Any(
            random,
            l =>
                l.Type == "ack"
                && history.Of(l, "invoke").Length == 1
                && history.Of(l, "ack").Length == 1
                && history.Of(l, "final").Length == 1
                && where?.Invoke(l) != false
        );

    /// <summary>What a client applied of a chat after a line of its own, or resumed from, the next first.</summary>
    public static IEnumerable<GeneratedLine> Following(this MadeHistory history, GeneratedLine line) =>
        history
            .Lines.Where(l =>
                l.T > line.T
                && l.Client == line.Client
                && l.ChatId == line.ChatId
                && (l is { Type: "event", Applied: true } || l.Type == "resume")
            )
            .OrderBy(l => l.T);

    public static GeneratedLine? Before(this MadeHistory history, GeneratedLine line) =>
        history
            .Lines.Where(l =>
                l.T < line.T
                && l.Client == line.Client
                && l.ChatId == line.ChatId
                && (l is { Type: "event", Applied: true } || l.Type == "resume")
            )
            .MaxBy(l => l.T);

    /// <summary>Whether the user of a client never left the chat, nor came into it.</summary>
    public static bool Stays(this MadeHistory history, GeneratedLine line)
    {
        var user = history.UserOf(line.Client);
        return !history.Lines.Exists(l => l.Type is "member" or "member_unknown" && l.ChatId == line.ChatId && l.UserId == user);
    }

    public static string? UserOf(this MadeHistory history, string client) =>
        history.Lines.Find(l => l.Type == "connect" && l.Client == client)?.UserId;
}
