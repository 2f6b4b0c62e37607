using System.Text.Json;
using Orleans.Chat.EndToEnd;
using Orleans.Chat.Protocol;
using Orleans.Chat.Support;

namespace Orleans.Chat.Gateway.Tests.Input;

/// <summary>What comes from a client comes back inside of other things, which must not put it out of anybody's reach.</summary>
public sealed class DepthTests(StandalonePlace place)
{
    [Fact]
    public async Task The_deepest_metadata_that_is_taken_can_be_read_by_everybody()
    {
        await using var alice = await place.NewUserAsync("alice");
        await using var bob = await place.NewUserAsync("bob");
        var chat = await Place.NewGroupAsync(alice, bob);
        var id = Place.NewId();
        var deepest = 40;
        while ((await SendAsync(deepest)).Status != 201)
            deepest--;
        deepest.ShouldBeGreaterThan(15);
        (await alice.PatchAsync($"chats/{chat}", new { metadata = Nested(deepest) })).Status.ShouldBe(200);
        (await alice.PatchAsync($"chats/{chat}/messages/{id}", new { content = "y", metadata = Nested(deepest) })).Status.ShouldBe(200);

        Read<MessagesPage>(await bob.GetAsync($"chats/{chat}/messages"));
        Read<MessageEdits>(await bob.GetAsync($"chats/{chat}/messages/{id}/edits"));
        Read<ChangesPage>(await bob.GetAsync($"chats/{chat}/changes"));
        Read<ChatsPage>(await bob.GetAsync("chats"));
        Read<SyncPage>(await bob.PostAsync("sync"));

        Task<RawAnswer> SendAsync(int depth) =>
            alice.PostAsync(
                "messages",
                new
                {
                    chat_id = chat,
                    content = "x",
                    type = "text",
                    message_id = id,
                    metadata = Nested(depth),
                }
            );
    }

    // As a client that takes the protocol's own rules does.
    private static void Read<T>(RawAnswer answer)
        where T : class => JsonSerializer.Deserialize<T>(answer.Body.GetRawText(), ProtocolJson.Options).ShouldNotBeNull();

    private static JsonElement Nested(int depth) =>
        JsonElement.Parse(string.Concat(Enumerable.Repeat("""{"a":""", depth)) + "1" + new string('}', depth));
}
