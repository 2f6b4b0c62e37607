namespace Orleans.Chat.Storage.Chats;

/// <summary>Texts that no database keeps as they are, told before they are sent: PostgreSQL would break the connection or refuse them.</summary>
internal static class StoredText
{
    /// <summary>SQLSTATE of a text that the encoding has no bytes for.</summary>
    public const string BadText = "22021";

    public static bool IsSound(ChatChange change) =>
        change switch
        {
            ChatChange.AddMessage add => IsText(add.Content) && IsText(add.Metadata),
            ChatChange.EditMessage edit => IsText(edit.Content) && IsText(edit.Metadata),
            ChatChange.React react => IsText(react.Emoji),
            ChatChange.UpdateChat update => IsText(update.Name) && IsText(update.Metadata),
            _ => true,
        };

    /// <summary>No U+0000, and every surrogate has its other half.</summary>
    private static bool IsText(string? text)
    {
        var rest = text.AsSpan();
        if (rest.Contains('\0'))
            return false;
        for (var at = rest.IndexOfAnyInRange('\uD800', '\uDFFF'); at >= 0; at = rest.IndexOfAnyInRange('\uD800', '\uDFFF'))
        {
            if (at + 1 >= rest.Length || !char.IsSurrogatePair(rest[at], rest[at + 1]))
                return false;
            rest = rest[(at + 2)..];
        }
        return true;
    }
}
