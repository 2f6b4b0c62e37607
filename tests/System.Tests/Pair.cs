using Orleans.Chat.EndToEnd;
using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.LocalCluster;
using Orleans.Chat.Support;

namespace Orleans.Chat.SystemTests;

/// <summary>Alice on the first gateway and Bob on the last, in a chat of their own, both connected.</summary>
internal sealed class Pair : IAsyncDisposable
{
    public required RawClient Alice { get; init; }

    public required RawClient Bob { get; init; }

    public required string Chat { get; init; }

    public required RawHub Hers { get; init; }

    public required RawHub His { get; init; }

    /// <summary>Where the chat is.</summary>
    public required ServerProcess ChatSilo { get; init; }

    /// <summary>Where Bob's session is.</summary>
    public required ServerProcess SessionSilo { get; init; }

    /// <summary>The chat has one message, "first", which both were pushed.</summary>
    public static async Task<Pair> CreateAsync(Place place, Activations activations)
    {
        var alice = await place.NewUserAsync("alice");
        var bob = await place.NewUserAsync("bob", place.There);
        var chat = await Place.NewGroupAsync(alice, bob);
        var (hers, his) = (await alice.ConnectAsync(), await bob.ConnectAsync());
        await hers.SendPatientlyAsync(chat, "first");
        await Place.MessageAsync(hers, chat, "first");
        await Place.MessageAsync(his, chat, "first");
        return new Pair
        {
            Alice = alice,
            Bob = bob,
            Chat = chat,
            Hers = hers,
            His = his,
            ChatSilo = (await activations.SiloOfAsync(activations.Grains.Chat(chat))).ShouldNotBeNull(),
            SessionSilo = (await activations.SiloOfAsync(activations.Grains.Session(bob.UserId!))).ShouldNotBeNull(),
        };
    }

    public async ValueTask DisposeAsync()
    {
        await Alice.DisposeAsync();
        await Bob.DisposeAsync();
    }
}
