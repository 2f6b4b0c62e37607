using Orleans.Chat.LocalCluster;
using StackExchange.Redis;

namespace Orleans.Chat.Support.Tests;

public sealed class RedisServerTests(RedisFixture redis)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_keeps_what_it_has_and_evicts_nothing()
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString + ",allowAdmin=true");
        var server = connection.GetServers().ShouldHaveSingleItem();

        (await server.ConfigGetAsync("appendonly"))[0].Value.ShouldBe("yes");
        (await server.ConfigGetAsync("maxmemory-policy"))[0].Value.ShouldBe("noeviction");
    }

    [Fact]
    public async Task What_was_set_is_there_after_a_restart()
    {
        var folder = new TestFolder("restart");
        await using var server = new RedisServer(folder.Path);
        await server.StartAsync(Ct);
        await using (var connection = await ConnectionMultiplexer.ConnectAsync(server.ConnectionString))
            await connection.GetDatabase().StringSetAsync("k", "v");

        (await server.StopAsync()).ShouldBeTrue();
        await server.StartAsync(Ct);

        await using (var connection = await ConnectionMultiplexer.ConnectAsync(server.ConnectionString))
            (await connection.GetDatabase().StringGetAsync("k")).ToString().ShouldBe("v");
        await server.StopAsync();
        folder.Delete();
    }
}
