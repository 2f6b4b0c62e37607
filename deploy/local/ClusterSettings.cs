using System.Globalization;

namespace Orleans.Chat.LocalCluster;

/// <summary>The configuration of each process, as the environment carries it.</summary>
internal sealed class ClusterSettings(ClusterArguments arguments, string database, RedisServer redis)
{
    /// <summary>What moves the servers' clocks; null is that they cannot be moved.</summary>
    public MovableClocks? Clocks { get; init; }

    public ServerProcess Silo(int number)
    {
        var name = $"silo-{number}";
        var environment = new Dictionary<string, string?>(Both(name), StringComparer.Ordinal)
        {
            ["ConnectionStrings__Postgres"] = database,
            ["Cluster__SiloPort"] = Text(FreePorts.Take()),
            ["Cluster__GatewayPort"] = Text(FreePorts.Take()),
            ["Cluster__AdvertisedAddress"] = "127.0.0.1",
            ["Cluster__Membership"] = "Redis",
            ["Storage__Provider"] = "Postgres",
        };
        return new ServerProcess(name, ServerAssemblies.In(arguments.Binaries, "Silo"), Loopback(FreePorts.Take()), Log(name), environment)
        {
            User = arguments.SiloUser is { } user ? Text(user + number) : null,
        };
    }

    public ServerProcess Gateway(int number)
    {
        var name = $"gateway-{number}";
        var environment = new Dictionary<string, string?>(Both(name), StringComparer.Ordinal)
        {
            ["Gateway__Name"] = name,
            // A gateway has no way to the database; one in the shell that started us must not give it one.
            ["ConnectionStrings__Postgres"] = null,
        };
        return new ServerProcess(
            name,
            ServerAssemblies.In(arguments.Binaries, "Gateway"),
            Loopback(arguments.Port + number - 1),
            Log(name),
            environment
        );
    }

    private Dictionary<string, string?> Both(string name) =>
        new(Clocks?.Environment(name) ?? [], StringComparer.Ordinal)
        {
            ["ConnectionStrings__Redis"] = redis.ConnectionString,
            ["Cluster__ClusterId"] = "local",
            ["Cluster__ServiceId"] = "orleans-chat",
        };

    private static Uri Loopback(int port) => new($"http://127.0.0.1:{port}");

    private string Log(string name) => Path.Combine(arguments.Data, "logs", $"{name}.log");

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
