using System.Text.Json;
using Orleans.Chat.EndToEnd;
using Orleans.Chat.Support;

namespace Orleans.Chat.Gateway.Tests.Input;

/// <summary>What is somebody else's: chats, and messages as cursors and references.</summary>
public sealed class StrangerTests(InputFixture input) : IClassFixture<InputFixture>
{
    private const string Nowhere = "no-such-chat";

    public static TheoryData<string> OfChats =>
        [
            .. RestTable
                .Calls.Where(c => c.Chat == "chat_id" && (c.Path + c.Body).Contains("{chat_id}", StringComparison.Ordinal))
                .Select(c => c.Name),
        ];

    public static TheoryData<string> HubOfChats =>
        [.. HubTable.Calls.Where(c => c.Argument?.Contains("{chat_id}", StringComparison.Ordinal) == true).Select(c => c.Method)];

    [Theory, MemberData(nameof(OfChats))]
    public async Task A_stranger_learns_nothing_from_a_call(string name)
    {
        var world = await input.TakeAsync();
        var call = RestTable.Calls.Single(c => c.Name == name);
        var there = await CallAsync(world["chat_id"]);
        var nowhere = await CallAsync(Nowhere);

        Refusals.WrongWith(there.Body, "not_found", null).ShouldBeNull();
        there.Status.ShouldBe(404);
        there.Body.GetRawText().ShouldBe(nowhere.Body.GetRawText());
        there.Headers.Select(h => h.Key).Order().ShouldBe(nowhere.Headers.Select(h => h.Key).Order());
        (await world.Me.GetAsync($"chats/{world["chat_id"]}")).Status.ShouldBe(200);

        Task<RawAnswer> CallAsync(string chat)
        {
            // Who writes in another's name is refused before anybody looks at the chat.
            var body = call.Body is null
                ? null
                : JsonText.With(call.Body, "sender_id", null).Replace("{chat_id}", chat, StringComparison.Ordinal);
            var path = call.Path.Replace("{chat_id}", chat, StringComparison.Ordinal)[1..];
            return world.Stranger.CallAsync(
                new HttpMethod(call.Method),
                world.Fill(path + call.Query),
                body is null ? null : JsonElement.Parse(world.Fill(body))
            );
        }
    }

    [Theory, MemberData(nameof(HubOfChats))]
    public async Task A_stranger_learns_nothing_from_the_hub(string method)
    {
        var world = await input.TakeAsync();
        await using var hub = await world.Stranger.ConnectAsync();
        var call = HubTable.Calls.Single(c => c.Method == method);
        var there = await AnswerAsync(world["chat_id"]);
        there.ShouldBe(await AnswerAsync(Nowhere));
        // These two are not answered to anybody.
        if (method is not ("Acknowledge" or "Typing"))
            there.ShouldContain("\"not_found\"");

        async Task<string> AnswerAsync(string chat)
        {
            var argument = JsonElement.Parse(world.Fill(call.Argument!.Replace("{chat_id}", chat, StringComparison.Ordinal)));
            try
            {
                return (await hub.InvokeAsync(method, call.IsList ? new[] { argument } : argument)).ToString();
            }
            catch (Microsoft.AspNetCore.SignalR.HubException refused)
            {
                return RawHub.ProblemOf(refused).GetRawText();
            }
        }
    }

    [Theory]
    [InlineData("other_message_id", false)]
    [InlineData("old_message_id", true)]
    [InlineData("new", false)]
    public async Task A_message_of_elsewhere_or_from_before_is_no_cursor_and_no_reference(string message, bool asBob)
    {
        var world = await input.TakeAsync();
        var reader = asBob ? world.Bob : world.Me;
        var id = world.Fill($"{{{message}}}");
        foreach (var cursor in new[] { "before", "after", "around" })
        {
            var page = await reader.GetAsync($"chats/{world["chat_id"]}/messages?{cursor}={id}");
            Refusals.WrongWith(page.Body, "validation_failed", cursor).ShouldBeNull();
        }
        await using var hub = await reader.ConnectAsync();
        foreach (var reference in new[] { "reply_to", "thread_id" })
        {
            var body = JsonElement.Parse(
                world.Fill($$$"""{"chat_id":"{chat_id}","content":"x","type":"text","metadata":{"{{{reference}}}":"{{{id}}}"}}""")
            );
            var sent = await reader.PostAsync("messages", body);
            Refusals.WrongWith(sent.Body, "validation_failed", "metadata." + reference).ShouldBeNull();
            Refusals.WrongWith(await hub.RefusedAsync("SendMessage", body), "validation_failed", "metadata." + reference).ShouldBeNull();
        }
        foreach (var rest in new[] { "", "/edits" })
            (await reader.GetAsync($"chats/{world["chat_id"]}/messages/{id}{rest}")).Code.ShouldBe("not_found");
        (await reader.PutAsync($"chats/{world["chat_id"]}/messages/{id}/reactions/x")).Code.ShouldBe("not_found");
        (await reader.PatchAsync($"chats/{world["chat_id"]}/messages/{id}", new { content = "x" })).Code.ShouldBe("not_found");
        foreach (var who in new[] { "everyone", "me" })
            (await reader.DeleteAsync($"chats/{world["chat_id"]}/messages/{id}?for={who}")).Code.ShouldBe("not_found");
        (await reader.GetAsync($"chats/{world["chat_id"]}/messages?limit=1")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_revision_that_is_not_there_yet_is_a_rewound_history()
    {
        var world = await input.TakeAsync();
        foreach (var revision in new[] { "1000000", "9223372036854775807" })
            (await world.Me.GetAsync($"chats/{world["chat_id"]}/changes?after_revision={revision}")).Code.ShouldBe("history_rewound");
    }

    [Fact]
    public async Task An_unknown_user_and_a_wrong_password_are_answered_alike()
    {
        var world = await input.TakeAsync();
        var unknown = await world.Me.PostAsync(
            "auth/login",
            new { user_id = "nobody-" + Place.NewId()[20..], password = "correct horse battery" }
        );
        var wrong = await world.Me.PostAsync("auth/login", new { user_id = world["me"], password = "incorrect horse battery" });
        var shortOne = await world.Me.PostAsync("auth/login", new { user_id = world["me"], password = "x" });

        Refusals.WrongWith(unknown.Body, "unauthenticated", null).ShouldBeNull();
        unknown.Body.GetRawText().ShouldBe(wrong.Body.GetRawText());
        shortOne.Body.GetRawText().ShouldBe(wrong.Body.GetRawText());
        (unknown.Status, wrong.Status).ShouldBe((401, 401));
        unknown.Headers.Select(h => h.Key).Order().ShouldBe(wrong.Headers.Select(h => h.Key).Order());
    }
}
