namespace Orleans.Chat.Gateway.Tests.Input;

/// <summary>One method of the hub.</summary>
/// <param name="Argument">The good one; null where the method has none.</param>
public sealed record HubCall(string Method, string? Argument, params Field[] Fields)
{
    /// <summary>The argument is a list of such objects.</summary>
    public bool IsList { get; init; }

    /// <summary>The good call takes something away from the world of the test.</summary>
    public bool UsesUp { get; init; }

    /// <summary>A call without an argument means one without fields.</summary>
    public bool ArgumentMayBeNull { get; init; }

    /// <summary>The argument with every field of it of a wrong type, and what the errors are to name.</summary>
    internal (string Argument, string[] Fields) AllOfWrongTypes(InputWorld world)
    {
        BadValue[] bad =
        [
            .. Fields
                .Where(f => !f.Name.Contains('.', StringComparison.Ordinal))
                .Select(f => BadValues.WrongTypes(f).FirstOrDefault())
                .OfType<BadValue>(),
        ];
        return (
            bad.Aggregate(world.Fill(Argument!), (argument, value) => JsonText.With(argument, value.Field.Name, value.Raw)),
            [.. bad.Select(b => IsList ? $"[0].{b.Field.Name}" : b.Field.Name)]
        );
    }
}

/// <summary>All methods of the hub. A method without a row here fails <see cref="TableTests"/>.</summary>
public static class HubTable
{
    private static readonly Field[] Message = [Field.Id("chat_id").Needed(), Field.Uuid("message_id").Needed()];
    private static readonly Field Content = Field.Text("content", 1, 16_000).Needed() with { OverCode = "too_large" };

    public static HubCall[] Calls { get; } =
    [
        new(
            "SendMessage",
            """{"chat_id":"{chat_id}","content":"{content}","type":"text","message_id":"{new}","metadata":{"reply_to":"{message_id}"}}""",
            Field.Id("chat_id").Needed(),
            Field.Id("sender_id"),
            Content,
            Field.Enum("type").Needed(),
            Field.Metadata(),
            Field.Uuid("metadata.reply_to"),
            Field.Uuid("message_id")
        ),
        new(
            "EditMessage",
            """{"chat_id":"{chat_id}","message_id":"{message_id}","content":"{content}","metadata":{}}""",
            [.. Message, Content, Field.Metadata()]
        ),
        new(
            "React",
            """{"chat_id":"{chat_id}","message_id":"{message_id}","emoji":"👍","removed":false}""",
            [.. Message, Field.Text("emoji", 1, 32).Needed(), Field.Bool("removed")]
        ),
        new("DeleteMessage", """{"chat_id":"{chat_id}","message_id":"{message_id}","for":"me"}""", [.. Message, Field.Enum("for")])
        {
            UsesUp = true,
        },
        new(
            "Acknowledge",
            """{"chat_id":"{chat_id}","delivered_seq":1,"read_seq":1}""",
            Field.Id("chat_id").Needed(),
            Field.Int("delivered_seq", 0),
            Field.Int("read_seq", 0)
        )
        {
            IsList = true,
        },
        new("Typing", """{"chat_id":"{chat_id}","is_typing":true}""", Field.Id("chat_id").Needed(), Field.Bool("is_typing").Needed()),
        new("SetPresence", """{"status":"away"}""", Field.Enum("status").Needed()),
        new("WatchPresence", """{"user_ids":["{user_id}"]}""", Field.Ids("user_ids", 500).Needed()),
        new("Sync", "{}", Field.Cursor("since")) { ArgumentMayBeNull = true },
        new(
            "GetChanges",
            """{"chat_id":"{chat_id}","after_revision":0,"limit":200}""",
            Field.Id("chat_id").Needed(),
            Field.Int("after_revision", 0),
            Field.Limit()
        ),
        new("Reauthenticate", """{"access_token":"{access}"}""", Field.Text("access_token", 1, 16_384).Needed()),
        new("Ping", null),
    ];
}
