using System.Diagnostics;
using System.Globalization;

namespace Orleans.Chat.Load.Chaos;

/* On one machine all silos are at one address, so what belongs to which is told by the user that a silo runs as, and the silos' ports by their environment.
 * Only what silos say to each other is dropped: to the database, to Redis and to the gateways the silo stays connected, so that it goes on serving and
 * writing while the others take it for dead. Over connections that it made itself it still hears the others: they do not hear it. */

/// <summary>A silo that the other silos do not hear.</summary>
internal sealed class Partition(Func<int[]> silos)
{
    private const string Chain = "ORLEANS_CHAT_FAULTS";

    public Fault Fault => new("partition-silo", BeginAsync, HealAsync);

    private async Task BeginAsync(CancellationToken cancellationToken)
    {
        var pids = silos();
        var (alone, others) = (pids[0], pids[1..]);
        var user = UserOf(alone);
        if (others.Any(o => UserOf(o) == user))
            throw new InvalidOperationException("A partition needs silos that run as users of their own.");
        var port = PortOf(alone);
        var ports = string.Join(',', others.Select(PortOf));
        await HealAsync(cancellationToken);
        await RunAsync($"-N {Chain}", cancellationToken);
        await RunAsync($"-A {Chain} -p tcp -m owner --uid-owner {user} -m multiport --dports {ports} -j DROP", cancellationToken);
        await RunAsync($"-A {Chain} -p tcp --dport {port} -j DROP", cancellationToken);
        await RunAsync($"-A {Chain} -p tcp --sport {port} -j DROP", cancellationToken);
        await RunAsync($"-I OUTPUT -o lo -j {Chain}", cancellationToken);
    }

    private static async Task HealAsync(CancellationToken cancellationToken)
    {
        if (await TryAsync($"-D OUTPUT -o lo -j {Chain}", cancellationToken) + await TryAsync($"-F {Chain}", cancellationToken) == 0)
            await RunAsync($"-X {Chain}", cancellationToken);
    }

    private static string UserOf(int pid) =>
        File.ReadLines($"/proc/{pid}/status").First(l => l.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[1];

    private static int PortOf(int pid)
    {
        const string Name = "Cluster__SiloPort=";
        var setting = File.ReadAllText($"/proc/{pid}/environ").Split('\0').First(v => v.StartsWith(Name, StringComparison.Ordinal));
        return int.Parse(setting[Name.Length..], CultureInfo.InvariantCulture);
    }

    private static async Task RunAsync(string arguments, CancellationToken cancellationToken)
    {
        if (await TryAsync(arguments, cancellationToken) is not 0 and var code)
            throw new InvalidOperationException($"iptables {arguments} ended with {code}.");
    }

    private static async Task<int> TryAsync(string arguments, CancellationToken cancellationToken)
    {
        using var iptables = Process.Start(
            new ProcessStartInfo("iptables", arguments)
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true,
                UseShellExecute = false,
            }
        )!;
        await iptables.WaitForExitAsync(cancellationToken);
        return iptables.ExitCode;
    }
}
