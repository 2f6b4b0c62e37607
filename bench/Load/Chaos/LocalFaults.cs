using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Orleans.Chat.Load.Chaos;

/* Faults of the processes that cluster.json names. Who is killed is to be started again by who started it (`./run.sh cluster --restart`): the file is read
 * anew each time. */

/// <summary>The built-in faults.</summary>
internal sealed class LocalFaults(string cluster)
{
    private const int RestartSeconds = 60;
    private static readonly HttpClient Http = new();
    private static readonly string[] Roles = ["silo", "gateway", "postgres", "redis"];

    public static readonly string[] Names =
    [
        .. from verb in new[] { "kill", "pause", "stop" } from role in Roles select $"{verb}-{role}",
        "kill-silos",
        "roll-silos",
        "roll-gateways",
        "partition-silo",
    ];

    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public Fault Of(string name)
    {
        if (!Names.Contains(name, StringComparer.Ordinal))
            throw new ArgumentException($"{name} is no built-in fault; there are {string.Join(", ", Names)}.", nameof(name));
        var (verb, role) = (name.Split('-')[0], name.Split('-')[1]);
        return (verb, role) switch
        {
            ("partition", _) => new Partition(() => Pids("silo")).Fault,
            ("roll", _) => new Fault(name, token => RollAsync(role.TrimEnd('s'), token)),
            ("kill", "silos") => new Fault(name, token => EndAsync([.. Pids("silo").Take(2)], "KILL", token)),
            ("kill", _) => new Fault(name, token => EndAsync(Family(Pids(role)[0]), "KILL", token)),
            ("stop", _) => new Fault(name, token => EndAsync([Pids(role)[0]], "TERM", token)),
            _ => Pause(name, role),
        };
    }

    private Fault Pause(string name, string role)
    {
        int[] paused = [];
        return new Fault(
            name,
            token => SignalAsync("STOP", paused = Family(Pids(role)[0]), token),
            token => SignalAsync("CONT", paused, token)
        );
    }

    private async Task RollAsync(string role, CancellationToken cancellationToken)
    {
        for (var i = 0; i < Pids(role).Length; i++)
            await EndAsync([Pids(role)[i]], "TERM", cancellationToken);
    }

    /// <summary>Returns when others run in their place.</summary>
    private async Task EndAsync(int[] pids, string signal, CancellationToken cancellationToken)
    {
        var count = All().Length;
        await SignalAsync(signal, pids, cancellationToken);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(RestartSeconds));
        while ((All() is { } now && (now.Length < count || now.Intersect(pids).Any())) || !await AreReadyAsync(limit.Token))
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, limit.Token);
    }

    /// <summary>As an orchestrator waits before it goes on.</summary>
    private async Task<bool> AreReadyAsync(CancellationToken cancellationToken)
    {
        using var file = JsonDocument.Parse(await File.ReadAllTextAsync(cluster, cancellationToken));
        foreach (
            var server in file
                .RootElement.GetProperty("silos")
                .EnumerateArray()
                .Concat(file.RootElement.GetProperty("gateways").EnumerateArray())
        )
        {
            try
            {
                using var answer = await Http.GetAsync(
                    new Uri(new Uri(server.GetProperty("url").GetString()!), "/health/ready"),
                    cancellationToken
                );
                if (!answer.IsSuccessStatusCode)
                    return false;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        }
        return true;
    }

    private int[] All() => [.. Roles.SelectMany(Pids).Where(pid => Directory.Exists($"/proc/{pid}"))];

    private int[] Pids(string role)
    {
        using var file = JsonDocument.Parse(File.ReadAllText(cluster));
        var root = file.RootElement;
        return role is "postgres" or "redis"
            ? [root.GetProperty(role).GetProperty("pid").GetInt32()]
            : [.. root.GetProperty(role + "s").EnumerateArray().Select(p => p.GetProperty("pid").GetInt32())];
    }

    /// <summary>With its children: PostgreSQL is a family.</summary>
    private static int[] Family(int pid)
    {
        var file = $"/proc/{pid}/task/{pid}/children";
        var children = File.Exists(file)
            ? File.ReadAllText(file)
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(c => int.Parse(c, CultureInfo.InvariantCulture))
            : [];
        return [pid, .. children];
    }

    private static async Task SignalAsync(string signal, int[] pids, CancellationToken cancellationToken)
    {
        var arguments = pids.Select(p => p.ToString(CultureInfo.InvariantCulture));
        using var kill = Process.Start("kill", [$"-{signal}", .. arguments]);
        await kill.WaitForExitAsync(cancellationToken);
    }
}
