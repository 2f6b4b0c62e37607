using System.Diagnostics;
using System.Globalization;

namespace Orleans.Chat.Load.Chaos;

/* Every second connection of the first gateway is cut without a word: nothing of it reaches either end, not even that it is over. Its devices give it up and
 * come back by another; the gateway has to find out by itself that nobody is there any more. Its sockets are known by the port of their other end, and are
 * given up when the kernel's table has no owner of them any more. */

/// <summary>Connections whose other end is gone without having said so.</summary>
internal sealed class HalfOpen(ClusterProcesses cluster, Action<string> tell)
{
    private const int PortsOfARule = 15;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(170);

    public Fault Fault => new("half-open", BeginAsync);

    private async Task BeginAsync(CancellationToken cancellationToken)
    {
        var gateway = cluster.Urls("gateway")[0].Port;
        int[] cut = [.. Open(gateway).Where((_, i) => i % 2 == 0)];
        if (cut.Length == 0)
            throw new InvalidOperationException("The gateway has no connections to cut.");
        var since = Stopwatch.GetTimestamp();
        await PacketFilter.ApplyAsync(
            cut.Chunk(PortsOfARule).Select(c => string.Join(',', c)).SelectMany(ports => Rules(gateway, ports)),
            cancellationToken
        );
        try
        {
            for (var left = cut.Length; left > 0; )
            {
                await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, cancellationToken);
                var now = Open(gateway).Intersect(cut).Count();
                var seconds = (int)Stopwatch.GetElapsedTime(since).TotalSeconds;
                if (now < left)
                    tell(string.Create(CultureInfo.InvariantCulture, $"the gateway still has {now} of {cut.Length} after {seconds} s"));
                left = now;
                if (left > 0 && seconds > Limit.TotalSeconds)
                    throw new InvalidOperationException($"The gateway still has {left} connections of nobody after {seconds} s.");
            }
        }
        finally
        {
            await PacketFilter.RemoveAsync(CancellationToken.None);
        }
    }

    private static string[] Rules(int gateway, string ports) =>
        [
            $"-p tcp --dport {gateway} -m multiport --sports {ports} -j DROP",
            $"-p tcp --sport {gateway} -m multiport --dports {ports} -j DROP",
        ];

    /// <summary>The other ends' ports of the connections that the gateway holds: <c>sl local remote state … inode</c>, the ports in hex.</summary>
    private static int[] Open(int port) =>
        [
            .. File.ReadLines("/proc/net/tcp")
                .Skip(1)
                .Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Where(f => Port(f[1]) == port && f[9] != "0" && Port(f[2]) != 0)
                .Select(f => Port(f[2])),
        ];

    private static int Port(string address) => int.Parse(address.Split(':')[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
