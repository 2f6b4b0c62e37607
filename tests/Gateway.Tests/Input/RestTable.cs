namespace Orleans.Chat.Gateway.Tests.Input;

/// <summary>One REST call: how it is made well, and what its fields are.</summary>
/// <param name="Path">As the description has it; a name in braces is replaced by what the world of a test has under that name.</param>
/// <param name="Good">The status of the good call.</param>
public sealed record RestCall(string Method, string Path, int Good, string? Body = null, params Field[] Fields)
{
    /// <summary>Needs no token.</summary>
    public bool Open { get; init; }

    /// <summary>What is added to the path of the good call.</summary>
    public string Query { get; init; } = "";

    /// <summary>The chat of the good call, by its name in the world.</summary>
    public string Chat { get; init; } = "chat_id";

    /// <summary>The good call takes something away from the world of the test.</summary>
    public bool UsesUp { get; init; }

    /// <summary>An empty body means one without fields.</summary>
    public bool BodyMayBeAbsent { get; init; }

    public string Name => $"{Method} {Path}";
}

/// <summary>All of protocol.md's REST calls that there are. A call without a row here fails <see cref="TableTests"/>.</summary>
public static class RestTable
{
    private const string Chat = "/chats/{chat_id}";
    private const string Message = Chat + "/messages/{message_id}";
    private static readonly Field[] Settings =
    [
        Field.Object("settings"),
        Field.Int("settings.slow_mode_s", 0, 86_400),
        Field.Int("settings.message_ttl_s", 1, 10 * 366 * 86_400),
        Field.Enum("settings.who_can_post"),
        Field.Enum("settings.history"),
        Field.Enum("settings.visibility"),
        Field.Bool("settings.e2ee"),
    ];

    public static RestCall[] Calls { get; } = [.. Accounts(), .. Users(), .. Chats(), .. Messages(), .. Reading()];

    private static IEnumerable<RestCall> Accounts() =>
        [
            new(
                "POST",
                "/auth/register",
                201,
                """{"user_id":"{fresh}","display_name":"Somebody","password":"{password}"}""",
                Field.Id("user_id").Needed(),
                Field.Text("display_name", 1, 255).Needed(),
                Field.Text("password", 8, 256).Needed(),
                Field.Text("device_name", 0, 255)
            )
            {
                Open = true,
            },
            new(
                "POST",
                "/auth/login",
                200,
                """{"user_id":"{me}","password":"{password}"}""",
                Field.Id("user_id").Needed(),
                // One that is too short to be anybody's is a wrong one.
                Field.Text("password", 0, 256).Needed(),
                Field.Text("device_name", 0, 255)
            )
            {
                Open = true,
            },
            new("POST", "/auth/refresh", 200, """{"refresh_token":"{refresh}"}""", Field.Text("refresh_token", 1, 16_384).Needed())
            {
                Open = true,
                UsesUp = true,
            },
            new("POST", "/auth/logout", 204) { UsesUp = true },
            new("POST", "/auth/connection-ticket", 200),
            new("GET", "/auth/sessions", 200),
            new("DELETE", "/auth/sessions/{session_id}", 204) { UsesUp = true },
        ];

    private static IEnumerable<RestCall> Users() =>
        [
            new("GET", "/users", 200, null, Field.Text("query", 1, 255).Needed().Query(), Field.Limit().Query()) { Query = "?query=a" },
            new("GET", "/users/{user_id}", 200),
            new("GET", "/users/{user_id}/presence", 200),
            new("GET", "/users/me", 200),
            new(
                "PATCH",
                "/users/me",
                200,
                """{"display_name":"Me","privacy":{"last_seen":"nobody"}}""",
                Field.Ignored("user_id"),
                Field.Text("display_name", 1, 255),
                Field.Id("avatar_attachment_id"),
                Field.Text("status_text", 0, 255),
                Field.Object("privacy"),
                Field.Enum("privacy.last_seen")
            ),
            new(
                "PUT",
                "/users/me",
                200,
                """{"user_id":"{me}","display_name":"Me"}""",
                Field.Id("user_id").Needed(),
                Field.Text("display_name", 1, 255).Needed(),
                Field.Ignored("avatar_attachment_id"),
                Field.Ignored("status_text"),
                Field.Ignored("privacy")
            ),
            new("GET", "/users/me/blocks", 200),
            new("PUT", "/users/me/blocks/{user_id}", 204) { UsesUp = true },
            new("DELETE", "/users/me/blocks/{user_id}", 204),
        ];

    private static IEnumerable<RestCall> Chats() =>
        [
            new(
                "POST",
                "/chats",
                201,
                """{"chat_id":"{fresh}","type":"group","name":"Us","member_ids":["{user_id}"],"metadata":{"a":1},"settings":{"slow_mode_s":0}}""",
                [
                    Field.Id("chat_id"),
                    Field.Enum("type").Needed(),
                    Field.Text("name", 1, 255),
                    Field.Ids("member_ids", 1_000),
                    Field.Metadata(),
                    .. Settings,
                ]
            ),
            new("GET", "/chats", 200, null, Field.Cursor("cursor").Query(), Field.Limit().Query()) { Query = "?limit=1" },
            new("GET", Chat, 200),
            new(
                "PATCH",
                Chat,
                200,
                """{"name":"We","metadata":{"a":2},"settings":{"slow_mode_s":0}}""",
                [Field.Text("name", 1, 255), Field.Metadata(), .. Settings]
            ),
            new("DELETE", Chat, 204) { UsesUp = true },
            new("POST", Chat + "/join", 200) { Chat = "channel_id" },
            new(
                "PUT",
                Chat + "/preferences",
                200,
                """{"muted_until":"2030-01-01T00:00:00.000Z","pinned":true,"draft":"{content}"}""",
                Field.Time("muted_until"),
                Field.Bool("pinned"),
                Field.Text("draft", 0, 16_000)
            ),
            new("GET", Chat + "/members", 200, null, Field.Id("cursor").Query(), Field.Limit().Query()) { Query = "?limit=1" },
            new("PUT", Chat + "/members/{user_id}", 200, """{"role":"member"}""", Field.Enum("role")) { BodyMayBeAbsent = true },
            new("DELETE", Chat + "/members/{user_id}", 204) { UsesUp = true },
            new(
                "GET",
                "/channels",
                200,
                null,
                // Without one: all of them.
                Field.Text("query", 0, 255).Query(),
                Field.Cursor("cursor").Query(),
                Field.Limit().Query()
            )
            {
                Query = "?query=a&limit=1",
            },
        ];

    private static IEnumerable<RestCall> Messages() =>
        [
            new(
                "POST",
                "/messages",
                201,
                """
                {"chat_id":"{chat_id}","sender_id":"{me}","content":"{content}","type":"text","message_id":"{new}",
                 "metadata":{"mentions":["{user_id}"],"reply_to":"{message_id}"}}
                """,
                Field.Id("chat_id").Needed(),
                Field.Id("sender_id"),
                Field.Text("content", 1, 16_000).Needed() with
                {
                    OverCode = "too_large",
                },
                Field.Enum("type").Needed(),
                Field.Metadata(),
                Field.Ids("metadata.mentions", 0),
                Field.Ids("metadata.attachment_ids", 0),
                Field.Uuid("metadata.reply_to"),
                Field.Uuid("metadata.thread_id"),
                Field.Uuid("message_id"),
                Field.Uuid("Idempotency-Key").Header()
            ),
            new(
                "PATCH",
                Message,
                200,
                """{"content":"{content}","metadata":{"a":1}}""",
                Field.Text("content", 1, 16_000).Needed() with
                {
                    OverCode = "too_large",
                },
                Field.Metadata(),
                // They stand in the path.
                Field.Ignored("chat_id"),
                Field.Ignored("message_id")
            ),
            new("DELETE", Message, 204, null, Field.Enum("for").Query()) { Query = "?for=everyone", UsesUp = true },
            new("PUT", Message + "/reactions/{emoji}", 204),
            new("DELETE", Message + "/reactions/{emoji}", 204),
        ];

    private static IEnumerable<RestCall> Reading() =>
        [
            new(
                "GET",
                Chat + "/messages",
                200,
                null,
                Field.Uuid("before").Query(),
                Field.Uuid("after").Query(),
                Field.Uuid("around").Query(),
                Field.Limit().Query(),
                Field.Enum("type").Query()
            )
            {
                Query = "?limit=1&type=all",
            },
            new("GET", Message, 200),
            new("GET", Message + "/edits", 200),
            new("GET", Chat + "/changes", 200, null, Field.Int("after_revision", 0).Query(), Field.Limit().Query())
            {
                Query = "?after_revision=0",
            },
            new("POST", "/sync", 200, "{}", Field.Cursor("since")) { BodyMayBeAbsent = true },
            new("GET", "/config", 200) { Open = true },
        ];
}
