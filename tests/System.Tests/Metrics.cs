using System.Globalization;
using Orleans.Chat.LocalCluster;

namespace Orleans.Chat.SystemTests;

/// <summary>What the processes count, as Prometheus would read it.</summary>
internal static class Metrics
{
    /// <summary>The exporter answers with the same page for 300 ms: after this, what is read is no older than the question.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromMilliseconds(350);
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(5) };

    /// <summary>The sum of all series of this name, of those with this label alone where there is one, as in <c>type="x"</c>; 0 where there is none yet.</summary>
    public static async Task<double> SumAsync(ServerProcess server, string name, string label = "")
    {
        await Task.Delay(Kept, TimeProvider.System, TestContext.Current.CancellationToken);
        var page = await Http.GetStringAsync(new Uri(server.Url, "/metrics"));
        return page.Split('\n').Where(l => Is(l, name) && l.Contains(label, StringComparison.Ordinal)).Sum(Value);
    }

    /// <summary>The sum over several servers.</summary>
    public static async Task<double> SumAsync(IEnumerable<ServerProcess> servers, string name) =>
        (await Task.WhenAll(servers.Select(s => SumAsync(s, name)))).Sum();

    private static bool Is(string line, string name) =>
        line.StartsWith(name, StringComparison.Ordinal) && line.Length > name.Length && line[name.Length] is ' ' or '{';

    // name{label="x"} value time
    private static double Value(string line)
    {
        var rest = line[(line.LastIndexOf('}') is var brace and >= 0 ? brace + 1 : line.IndexOf(' ', StringComparison.Ordinal))..];
        return double.Parse(rest.TrimStart().Split(' ')[0], CultureInfo.InvariantCulture);
    }
}
