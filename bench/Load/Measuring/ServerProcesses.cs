using System.Globalization;
using System.Text.Json;

namespace Orleans.Chat.Load.Measuring;

/// <summary>One role of the server side: CPU seconds since its processes started, and bytes of memory that are its own.</summary>
[System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Auto)]
internal readonly record struct Usage(double CpuSeconds, long Bytes);

/* What the server's processes have used, from /proc. PostgreSQL is a family: its workers are children of the process that is named, and the time of those
 * that ended is kept by it. Memory is the proportional set size: shared pages are counted once. */
internal sealed class ServerProcesses
{
    private const double Tick = 100;
    private readonly SortedDictionary<string, List<int>> _roles = new(StringComparer.Ordinal);

    public IEnumerable<string> Roles => _roles.Keys;

    /// <summary>Where silos show their metrics.</summary>
    public IReadOnlyList<Uri> Silos { get; private set; } = [];

    public bool Any => _roles.Count > 0;

    public void Add(string role, int pid)
    {
        if (!_roles.TryGetValue(role, out var pids))
            _roles.Add(role, pids = []);
        pids.Add(pid);
    }

    /// <summary>Adds what <c>cluster.json</c> names, and answers the gateways' addresses.</summary>
    public IReadOnlyList<Uri> AddCluster(string file)
    {
        using var cluster = JsonDocument.Parse(File.ReadAllText(file));
        var root = cluster.RootElement;
        foreach (var role in new[] { "postgres", "redis" })
        {
            if (root.TryGetProperty(role, out var store) && store.ValueKind == JsonValueKind.Object)
                Add(role, store.GetProperty("pid").GetInt32());
        }
        var silos = root.GetProperty("silos").EnumerateArray().ToArray();
        foreach (var silo in silos)
            Add("silo", silo.GetProperty("pid").GetInt32());
        Silos = [.. silos.Select(s => new Uri(s.GetProperty("url").GetString()!))];
        var gateways = root.GetProperty("gateways").EnumerateArray().ToArray();
        foreach (var gateway in gateways)
            Add("gateway", gateway.GetProperty("pid").GetInt32());
        return [.. gateways.Select(g => new Uri(g.GetProperty("url").GetString()!))];
    }

    public SortedDictionary<string, Usage> Read()
    {
        var usage = new SortedDictionary<string, Usage>(StringComparer.Ordinal);
        foreach (var (role, pids) in _roles)
        {
            var all = pids.SelectMany(Family).ToArray();
            usage.Add(role, new Usage(all.Sum(Cpu), all.Sum(Memory)));
        }
        return usage;
    }

    /// <summary>This process itself.</summary>
    public static double Own() => Cpu(Environment.ProcessId);

    private static IEnumerable<int> Family(int pid) =>
        Directory
            .EnumerateDirectories("/proc")
            .Select(d => int.TryParse(Path.GetFileName(d), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 0 && (id == pid || Fields(id) is { } fields && fields[1] == pid.ToString(CultureInfo.InvariantCulture)));

    private static double Cpu(int pid) =>
        Fields(pid) is { } fields ? fields[11..15].Sum(f => double.Parse(f, CultureInfo.InvariantCulture)) / Tick : 0;

    /// <summary>The fields after the command's name: state, ppid, …, utime (11), stime, cutime, cstime (14).</summary>
    private static string[]? Fields(int pid)
    {
        var text = TryRead($"/proc/{pid}/stat");
        return text is null ? null : text[(text.LastIndexOf(')') + 2)..].Split(' ');
    }

    private static long Memory(int pid)
    {
        var line = TryRead($"/proc/{pid}/smaps_rollup")?.Split('\n').FirstOrDefault(l => l.StartsWith("Pss:", StringComparison.Ordinal));
        return line is null
            ? 0
            : long.Parse(line["Pss:".Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) * 1024;
    }

    private static string? TryRead(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            // The process ended meanwhile.
            return null;
        }
    }
}
