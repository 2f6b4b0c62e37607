using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.SignalR;
using Orleans.Chat.EndToEnd;
using Orleans.Chat.Gateway.Tests.Input;
using Orleans.Chat.Support;

namespace Orleans.Chat.Gateway.Tests.Access;

/// <summary>One person's call of one line of the table, as the tables of good calls have it.</summary>
internal sealed partial class AccessCall(AccessWorld world, Right right, AccessChat chat, string person, bool usesUp)
{
    private string? _message;

    /// <summary>The same one each time.</summary>
    private string Message =>
        _message ??= chat.Message(
            right.On.Split(',')[0] switch
            {
                "own" => person,
                "the server's" => "server",
                _ => "other",
            },
            usesUp && right.UsesUpMessage
        );

    /// <summary>Its status (of the hub: that of the problem, or 200), and what it says.</summary>
    public Task<(int Status, string Text)> SendAsync(string chatId) => right.OverHub ? HubAsync(chatId) : RestAsync(chatId);

    private async Task<(int Status, string Text)> RestAsync(string chatId)
    {
        var call = RestTable.Calls.Single(c => c.Name == right.Call);
        var query = right.On.EndsWith("for me", StringComparison.Ordinal) ? "?for=me" : call.Query;
        var body = Role() is { } role ? $$"""{"role":"{{role}}"}""" : call.Body;
        var answer = await world[person]
            .CallAsync(
                new HttpMethod(call.Method),
                Fill(call.Path[1..] + query, chatId),
                body is null ? null : JsonElement.Parse(Fill(body, chatId))
            );
        return (answer.Status, answer.Body.ValueKind == JsonValueKind.Undefined ? "" : answer.Body.GetRawText());
    }

    private async Task<(int Status, string Text)> HubAsync(string chatId)
    {
        var call = HubTable.Calls.Single(c => c.Method == right.Call);
        var argument = Fill(call.Argument!, chatId);
        if (right.Call == "DeleteMessage")
            argument = JsonText.With(argument, "for", right.On.EndsWith("for me", StringComparison.Ordinal) ? "\"me\"" : "\"everyone\"");
        if (right.On.EndsWith("back", StringComparison.Ordinal))
            argument = JsonText.With(argument, "removed", "true");
        // Beyond the head: where the cursor may move, it does.
        if (right.Call == "Acknowledge")
            argument = JsonText.With(argument, "read_seq", "1000000");
        var json = JsonElement.Parse(argument);
        try
        {
            return (200, (await world.HubOf(person).InvokeAsync(right.Call, call.IsList ? new[] { json } : json)).ToString());
        }
        catch (HubException refused)
        {
            var problem = RawHub.ProblemOf(refused);
            return (problem.GetProperty("status").GetInt32(), problem.GetRawText());
        }
    }

    private string? Role() => right.On.Split(": ") is [_, var role] ? role : null;

    private string Fill(string text, string chatId) =>
        Name()
            .Replace(
                text,
                m =>
                    m.Groups["name"].Value switch
                    {
                        "chat_id" => chatId,
                        "message_id" => Message,
                        "user_id" => User(),
                        "me" => world[person].UserId!,
                        "new" => Place.NewId(),
                        "emoji" => "%F0%9F%91%8D",
                        "content" => "A good text 👍",
                        var name => throw new NotSupportedException(name),
                    }
            );

    private string User() =>
        right.On.Split(':')[0] switch
        {
            "self" => world[person].UserId!,
            "first" => chat.User("owner"),
            "newcomer" or "deputy" => chat.User(right.On.Split(':')[0]),
            _ => chat.User("other"),
        };

    [GeneratedRegex(@"\{(?<name>[a-z_]+)\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5_000)]
    private static partial Regex Name();
}
