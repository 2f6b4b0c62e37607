using Orleans.Chat.LocalCluster;
using Xunit;

namespace Orleans.Chat.Support;

/// <summary>One Redis for a test assembly: <c>[assembly: AssemblyFixture(typeof(RedisFixture))]</c>. Tests keep apart by their keys.</summary>
public sealed class RedisFixture : IAsyncLifetime
{
    private readonly TestFolder _folder = new("redis");

    public RedisFixture() => Server = new RedisServer(_folder.Path);

    /// <summary>The server, to be paused, killed and started again.</summary>
    public RedisServer Server { get; }

    /// <summary>For StackExchange.Redis.</summary>
    public string ConnectionString => Server.ConnectionString;

    public async ValueTask InitializeAsync() => await Server.StartAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await Server.StopAsync();
        await Server.DisposeAsync();
        _folder.Delete();
    }
}
