namespace Orleans.Chat.Gateway.Tests.Access;

/// <summary>One line of <see cref="RightsTable"/>.</summary>
/// <param name="Call">A row of RestTable, or a method of the hub.</param>
/// <param name="On">Whose message, or which user and the role it is given.</param>
/// <param name="In">The kinds of chats that it holds in.</param>
/// <param name="Cells">What each of <see cref="Columns"/> gets.</param>
public sealed record Right(string Call, string On, string In, string[] Cells)
{
    public const string Nobody = "-";
    public const string Mute = "mute";

    public static string[] Columns { get; } = ["stranger", "removed", "blocked", "guest", "member", "admin", "owner"];

    public string[] Kinds { get; } =
        In switch
        {
            "closed" => ["group", "private"],
            "open" => ["channel", "broadcast"],
            "shared" => ["group", "private", "channel", "broadcast"],
            "group" or "private" or "channel" or "broadcast" or "direct" => [In],
            _ => throw new FormatException($"No chats are '{In}'."),
        };

    public bool OverHub => !Call.Contains(' ', StringComparison.Ordinal);

    /// <summary>A success takes a member, or the chat, away from the tests that come after.</summary>
    public bool UsesUpChat =>
        Call is "DELETE /chats/{chat_id}" or "POST /chats/{chat_id}/join"
        || (Call.EndsWith("/members/{user_id}", StringComparison.Ordinal) && !Call.StartsWith("GET", StringComparison.Ordinal));

    /// <summary>A success takes the message away.</summary>
    public bool UsesUpMessage => Call is "DELETE /chats/{chat_id}/messages/{message_id}" or "DeleteMessage";

    public string Name => On.Length == 0 ? Call : $"{Call} ({On})";

    public static Right Parse(string line)
    {
        var parts = line.Split('|', StringSplitOptions.TrimEntries);
        var cells = parts[3].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return cells.Length == Columns.Length ? new Right(parts[0], parts[1], parts[2], cells) : throw new FormatException(line);
    }
}
