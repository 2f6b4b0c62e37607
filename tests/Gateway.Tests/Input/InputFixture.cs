using Orleans.Chat.EndToEnd;

namespace Orleans.Chat.Gateway.Tests.Input;

/// <summary>One world for all calls that leave it as it was: to make one takes a dozen commits.</summary>
public sealed class InputFixture(StandalonePlace place) : IAsyncLifetime
{
    private InputWorld _shared = null!;

    public StandalonePlace Place => place;

    public async ValueTask InitializeAsync() => _shared = await InputWorld.MakeAsync(place);

    /// <summary>A world, which <see cref="ReturnAsync"/> takes back; an own one for a call that uses up something of it.</summary>
    public async Task<InputWorld> TakeAsync(bool usesUp = false) => usesUp ? await InputWorld.MakeAsync(place) : _shared;

    public ValueTask ReturnAsync(InputWorld world) => world == _shared ? ValueTask.CompletedTask : world.DisposeAsync();

    public ValueTask DisposeAsync() => _shared.DisposeAsync();
}
