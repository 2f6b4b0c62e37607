using System.Globalization;

namespace Orleans.Chat.LocalCluster;

/// <summary>What the command line asks for.</summary>
public sealed record ClusterArguments
{
    /// <summary>How the program is called.</summary>
    public const string Usage = """
        Starts a private PostgreSQL and Redis, silos and gateways, on loopback, and stops them all when it is stopped.

          --silos N      how many silos (default 2)
          --gateways N   how many gateways (default 2); the first listens on --port, the next on the next port
          --port P       default 5080
          --data DIR     data, logs and cluster.json (default ./data/cluster)
          --restart      start what dies again after 1 s, as Kubernetes would
          --standby      a second PostgreSQL that follows the first, synchronously; silos use whichever can be written
                         to. The first is then not started again: two that can be written to would be worse than none
          --volumes MB   PostgreSQL's data and its log each on a volume of this size, which can be full or slow by
                         itself; loop devices, so it needs root. At least 128
          --clocks       each server's clock can be moved: DIR/clocks/NAME holds 8 bytes, nanoseconds. Needs gcc
        """;

    /// <summary>At least 1.</summary>
    public int Silos { get; init; } = 2;

    /// <summary>At least 1.</summary>
    public int Gateways { get; init; } = 2;

    /// <summary>The first gateway's.</summary>
    public int Port { get; init; } = 5080;

    /// <summary>Absolute.</summary>
    public string Data { get; init; } = Path.GetFullPath("data/cluster");

    /// <summary>Whether what dies is started again.</summary>
    public bool Restart { get; init; }

    /// <summary>Whether a second PostgreSQL follows the first and can take its place.</summary>
    public bool Standby { get; init; }

    /// <summary>Megabytes of each of PostgreSQL's volumes; null is that it has none of its own.</summary>
    public int? Volumes { get; init; }

    /// <summary>Whether the servers' clocks can be moved.</summary>
    public bool Clocks { get; init; }

    /// <summary>Silo n runs as the user of this number plus n, so that the network can tell them apart; null is all as this process.</summary>
    public int? SiloUser { get; init; }

    /// <summary>Where the servers' builds are, as <c>artifacts/bin</c>; null is beside this program.</summary>
    public string? Binaries { get; init; }

    /// <summary>PostgreSQL's, each <c>name=value</c>, beside those that it has anyway.</summary>
    public IReadOnlyList<string> PostgresSettings { get; init; } = [];

    /// <summary>Reads the command line; both <c>--port 1</c> and <c>--port=1</c>.</summary>
    /// <exception cref="ArgumentException">It asks for something that there is not.</exception>
    public static ClusterArguments Parse(IEnumerable<string> arguments)
    {
        var rest = new Queue<string>(arguments.SelectMany(a => a.StartsWith("--", StringComparison.Ordinal) ? a.Split('=', 2) : [a]));
        var result = new ClusterArguments();
        while (rest.TryDequeue(out var name))
        {
            result = name switch
            {
                "--silos" => result with { Silos = Number(name, 1, 64) },
                "--gateways" => result with { Gateways = Number(name, 1, 64) },
                "--port" => result with { Port = Number(name, 1, 65_535 - 64) },
                "--data" => result with { Data = Path.GetFullPath(Value(name)) },
                "--restart" => result with { Restart = true },
                "--standby" => result with { Standby = true },
                "--volumes" => result with { Volumes = Number(name, 128, 65_536) },
                "--clocks" => result with { Clocks = true },
                _ => throw new ArgumentException($"'{name}' is not known.", nameof(arguments)),
            };
        }
        return result;

        string Value(string name) =>
            rest.TryDequeue(out var value) && value.Length > 0
                ? value
                : throw new ArgumentException($"{name} needs a value.", nameof(arguments));

        int Number(string name, int min, int max) =>
            int.TryParse(Value(name), NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n >= min && n <= max
                ? n
                : throw new ArgumentException($"{name} needs a number from {min} to {max}.", nameof(arguments));
    }
}
