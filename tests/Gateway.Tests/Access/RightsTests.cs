using System.Text.Json;
using Orleans.Chat.EndToEnd;
using Orleans.Chat.Gateway.Tests.Input;

namespace Orleans.Chat.Gateway.Tests.Access;

/// <summary>Every cell of <see cref="RightsTable"/> against the real process: the answer, and after what was denied that nothing happened.</summary>
public sealed class RightsTests(AccessWorld world) : IClassFixture<AccessWorld>
{
    private const string Nowhere = "no-such-chat";

    public static TheoryData<string, string> Lines => [.. RightsTable.Rows.SelectMany(r => r.Kinds.Select(k => (r.Name, k)))];

    [Theory, MemberData(nameof(Lines))]
    public async Task Each_gets_what_the_table_says_and_a_denial_changes_nothing(string name, string kind)
    {
        var right = RightsTable.Rows.Single(r => r.Name == name && r.Kinds.Contains(kind));
        var cells = Right.Columns.Zip(right.Cells).Where(c => c.Second != Right.Nobody).ToArray();
        var wrong = new List<string>();
        foreach (var (person, cell) in cells.Where(c => IsDenied(c.Second)))
            wrong.AddRange(await DeniedAsync(right, await world.ChatAsync(kind, person), person, cell));
        foreach (var chat in cells.Select(c => c.First).Select(p => world.ChatAsync(kind, p)).ToHashSet())
            wrong.AddRange(await PushedAsync(await chat));
        foreach (var (person, cell) in cells.Where(c => !IsDenied(c.Second)))
            wrong.AddRange(await AllowedAsync(right, kind, person, cell));
        if (right.Call == "Acknowledge")
            wrong.AddRange(await ReceiptsAsync(await world.ChatAsync(kind, "member")));
        wrong.ShouldBeEmpty($"{name} in {kind}:\n{string.Join('\n', wrong)}");
    }

    [Fact]
    public void Every_call_and_every_method_has_its_place_in_a_table()
    {
        // That these are all there are is held by TableTests, against the description and by reflection.
        string[] all = [.. RestTable.Calls.Select(c => c.Name), .. HubTable.Calls.Select(c => c.Method)];
        string[] placed = [.. RightsTable.Rows.Select(r => r.Call).Distinct(), .. RightsTable.OfPeople, .. RightsTable.OfOneself];
        placed.ShouldBeUnique();
        placed.ShouldBe(all, ignoreOrder: true);
        // A line is found by its name.
        Lines.Select(l => l.Data).ShouldBeUnique();
    }

    [Fact]
    public void Every_call_on_a_chat_is_said_for_every_kind_of_chat() =>
        RightsTable
            .Rows.GroupBy(r => r.Call)
            .Where(c => c.SelectMany(r => r.Kinds).Distinct().Count() != 5)
            .Select(c => c.Key)
            .ShouldBeEmpty();

    private static bool IsDenied(string cell) => cell is "403" or "404" or Right.Mute;

    private async Task<List<string>> DeniedAsync(Right right, AccessChat chat, string person, string cell)
    {
        var wrong = new List<string>();
        var call = new AccessCall(world, right, chat, person, usesUp: false);
        var before = await chat.SnapshotAsync();
        var (status, text) = await call.SendAsync(chat.Id);
        var expected = cell == Right.Mute ? 200 : int.Parse(cell, System.Globalization.CultureInfo.InvariantCulture);
        if (status != expected)
        {
            // It may have done anything; the lines after this one are not to fail for it.
            world.Forget(chat);
            return [$"{person}: {status} and not {cell}: {text}"];
        }
        if (status == 403 && Refusals.WrongWith(JsonElement.Parse(text), "forbidden", null) is { } fault)
            wrong.Add($"{person}: {fault}");
        else if (cell is "404" or Right.Mute && (await call.SendAsync(Nowhere)).Text is var nowhere && nowhere != text)
            wrong.Add($"{person}: {text} and of a chat that is not there {nowhere}");
        if (await chat.SnapshotAsync() is var after && after != before)
            wrong.Add($"{person} changed something: {before}\n-> {after}");
        return wrong;
    }

    private async Task<List<string>> AllowedAsync(Right right, string kind, string person, string cell)
    {
        var chat = right.UsesUpChat && kind != "direct" ? await world.NewAsync(kind) : await world.ChatAsync(kind, person);
        var (status, text) = await new AccessCall(world, right, chat, person, usesUp: true).SendAsync(chat.Id);
        return status.ToString(System.Globalization.CultureInfo.InvariantCulture) == cell
            ? []
            : [$"{person}: {status} and not {cell}: {text}"];
    }

    /// <summary>What came to people since who is denied asked: up to a message that was sent after, of this chat nothing but that.</summary>
    private async Task<List<string>> PushedAsync(AccessChat chat)
    {
        var hub = world.HubOf("owner");
        var before = (await chat.Observer.GetAsync($"chats/{chat.Id}")).Body.GetProperty("revision").GetInt64();
        var marker = "marker " + Place.NewId();
        await Place.SendAsync(chat.Observer, chat.Id, marker);
        await Place.MessageAsync(hub, chat.Id, marker);
        var wrong = Pushed("owner", chat)
            .Where(e => e.TryGetProperty("revision", out var r) && r.GetInt64() > before)
            .Where(e => !e.GetRawText().Contains(marker, StringComparison.Ordinal))
            .Select(e => $"pushed: {e}")
            .ToList();
        wrong.AddRange(OfNobodyHere(chat));
        wrong.AddRange(Pushed("stranger", chat).Select(e => $"pushed to a stranger: {e}"));
        if (chat.Kind != "direct")
            wrong.AddRange(
                Pushed("removed", chat)
                    .SkipWhile(e => e.GetProperty("type").GetString() != "member.left")
                    .Skip(1)
                    .Select(e => $"pushed to who was removed: {e}")
            );
        return wrong;
    }

    /// <summary>Receipts are gathered: one that is expected shows that no other is on its way.</summary>
    private async Task<List<string>> ReceiptsAsync(AccessChat chat)
    {
        var head = (await chat.Observer.GetAsync($"chats/{chat.Id}")).Body.GetProperty("head_seq").GetInt64();
        await world
            .HubOf("owner")
            .Events.WaitForAsync(e =>
                e.GetProperty("type").GetString() == "receipt"
                && e.GetProperty("chat_id").GetString() == chat.Id
                && e.GetProperty("user_id").GetString() == world["member"].UserId
                && e.GetProperty("read_seq").GetInt64() == head
            );
        return OfNobodyHere(chat);
    }

    private List<string> OfNobodyHere(AccessChat chat)
    {
        var nobody = new[] { world["stranger"].UserId, chat.Kind == "direct" ? world["blocked"].UserId : world["removed"].UserId };
        return
        [
            .. Pushed("owner", chat)
                .Where(e =>
                    e.GetProperty("type").GetString() is "typing" or "receipt" && nobody.Contains(e.GetProperty("user_id").GetString())
                )
                .Select(e => $"pushed: {e}"),
        ];
    }

    private IEnumerable<JsonElement> Pushed(string person, AccessChat chat) =>
        world.HubOf(person).Events.All.Where(e => e.TryGetProperty("chat_id", out var id) && id.GetString() == chat.Id);
}
