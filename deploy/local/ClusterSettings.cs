using System.Globalization;

namespace Orleans.Chat.LocalCluster;

/// <summary>The configuration of each process, as the environment carries it.</summary>
internal static class ClusterSettings
{
    public static ServerProcess Silo(int number, ClusterArguments arguments, PostgresServer postgres, RedisServer redis)
    {
        var name = $"silo-{number}";
        var environment = new Dictionary<string, string?>(Both(redis), StringComparer.Ordinal)
        {
            ["ConnectionStrings__Postgres"] = postgres.ConnectionString,
            ["Cluster__SiloPort"] = Text(FreePorts.Take()),
            ["Cluster__GatewayPort"] = Text(FreePorts.Take()),
            ["Cluster__AdvertisedAddress"] = "127.0.0.1",
            ["Cluster__Membership"] = "Redis",
            ["Storage__Provider"] = "Postgres",
        };
        return new ServerProcess(
            name,
            ServerAssemblies.In(arguments.Binaries, "Silo"),
            Loopback(FreePorts.Take()),
            Log(arguments, name),
            environment
        )
        {
            User = arguments.SiloUser is { } user ? Text(user + number) : null,
        };
    }

    public static ServerProcess Gateway(int number, ClusterArguments arguments, RedisServer redis)
    {
        var name = $"gateway-{number}";
        var environment = new Dictionary<string, string?>(Both(redis), StringComparer.Ordinal)
        {
            ["Gateway__Name"] = name,
            // A gateway has no way to the database; one in the shell that started us must not give it one.
            ["ConnectionStrings__Postgres"] = null,
        };
        return new ServerProcess(
            name,
            ServerAssemblies.In(arguments.Binaries, "Gateway"),
            Loopback(arguments.Port + number - 1),
            Log(arguments, name),
            environment
        );
    }

    private static Dictionary<string, string?> Both(RedisServer redis) =>
        new(StringComparer.Ordinal)
        {
            ["ConnectionStrings__Redis"] = redis.ConnectionString,
            ["Cluster__ClusterId"] = "local",
            ["Cluster__ServiceId"] = "orleans-chat",
        };

    private static Uri Loopback(int port) => new($"http://127.0.0.1:{port}");

    private static string Log(ClusterArguments arguments, string name) => Path.Combine(arguments.Data, "logs", $"{name}.log");

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
