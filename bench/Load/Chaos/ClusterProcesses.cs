using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Orleans.Chat.Load.Chaos;

/// <summary>The processes that <c>cluster.json</c> names. The file is read anew each time: who was killed may be another by now.</summary>
internal sealed class ClusterProcesses(string file)
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan ReadyTimeout = TimeSpan.FromSeconds(60);
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(2) };

    public static readonly string[] Roles = ["silo", "gateway", "postgres", "redis"];

    public int[] Pids(string role)
    {
        using var cluster = Read();
        return [.. Servers(cluster, role).Select(s => s.GetProperty("pid").GetInt32())];
    }

    /// <summary>Of silos or of gateways.</summary>
    public Uri[] Urls(string role)
    {
        using var cluster = Read();
        return [.. Servers(cluster, role).Select(s => new Uri(s.GetProperty("url").GetString()!))];
    }

    /// <summary>What a store's entry says; null where it says nothing, or where there is none.</summary>
    public string? Text(string store, string name)
    {
        using var cluster = Read();
        return
            cluster.RootElement.TryGetProperty(store, out var entry)
            && entry.ValueKind == JsonValueKind.Object
            && entry.TryGetProperty(name, out var text)
            ? text.GetString()
            : null;
    }

    /// <summary>Those that live.</summary>
    public int[] All() => [.. Roles.SelectMany(Pids).Where(IsAlive)];

    public static bool IsAlive(int pid) => Directory.Exists($"/proc/{pid}");

    /// <summary>With its children: PostgreSQL is a family.</summary>
    public static int[] Family(int pid)
    {
        var children = $"/proc/{pid}/task/{pid}/children";
        return
        [
            pid,
            .. File.Exists(children)
                ? File.ReadAllText(children)
                    .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                    .Select(c => int.Parse(c, CultureInfo.InvariantCulture))
                : [],
        ];
    }

    /// <summary>A setting that a process was started with.</summary>
    public static string Setting(int pid, string name) =>
        File.ReadAllText($"/proc/{pid}/environ").Split('\0').FirstOrDefault(v => v.StartsWith(name + "=", StringComparison.Ordinal))
            is { } setting
            ? setting[(name.Length + 1)..]
            : throw new InvalidOperationException($"Process {pid} has no {name} in its environment.");

    public static Task SignalAsync(string signal, int[] pids, CancellationToken cancellationToken) =>
        Tool.RunAsync("kill", [$"-{signal}", .. pids.Select(p => p.ToString(CultureInfo.InvariantCulture))], cancellationToken);

    /// <summary>Returns when others run in their place, and all are ready.</summary>
    public async Task ReplaceAsync(int[] pids, string signal, CancellationToken cancellationToken)
    {
        var count = All().Length;
        await SignalAsync(signal, pids, cancellationToken);
        await UntilAsync(
            async token => All() is { } now && now.Length >= count && !now.Intersect(pids).Any() && await AreReadyAsync(token),
            "nobody took the place of who was ended; ./run.sh cluster --restart would start it again",
            cancellationToken
        );
    }

    /// <summary>Returns when it is gone and the others are ready without it.</summary>
    /// <exception cref="InvalidOperationException">It was started again.</exception>
    public async Task RemoveAsync(int[] pids, string signal, CancellationToken cancellationToken)
    {
        var count = All().Length - pids.Intersect(All()).Count();
        await SignalAsync(signal, pids, cancellationToken);
        await UntilAsync(
            _ => Task.FromResult(!pids.Any(IsAlive) && !Roles.SelectMany(Pids).Intersect(pids).Any()),
            "it did not end",
            cancellationToken
        );
        // Longer than a supervisor waits before it starts anew.
        await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System, cancellationToken);
        if (All().Length > count)
            throw new InvalidOperationException("It was started again: this fault needs a cluster without --restart.");
    }

    public Task WaitReadyAsync(CancellationToken cancellationToken) => UntilAsync(AreReadyAsync, "not all are ready", cancellationToken);

    /// <summary>As an orchestrator waits before it goes on.</summary>
    public static async Task<bool> IsReadyAsync(Uri server, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await Http.GetAsync(new Uri(server, "/health/ready"), cancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return false;
        }
    }

    public static async Task UntilAsync(Func<CancellationToken, Task<bool>> holds, string otherwise, CancellationToken cancellationToken)
    {
        var since = Stopwatch.GetTimestamp();
        while (!await holds(cancellationToken))
        {
            if (Stopwatch.GetElapsedTime(since) > ReadyTimeout)
                throw new InvalidOperationException($"After {ReadyTimeout.TotalSeconds} s {otherwise}.");
            await Task.Delay(Step, TimeProvider.System, cancellationToken);
        }
    }

    private async Task<bool> AreReadyAsync(CancellationToken cancellationToken)
    {
        foreach (var server in Urls("silo").Concat(Urls("gateway")))
        {
            if (!await IsReadyAsync(server, cancellationToken))
                return false;
        }
        return true;
    }

    private JsonDocument Read() => JsonDocument.Parse(File.ReadAllText(file));

    private static JsonElement[] Servers(JsonDocument cluster, string role)
    {
        if (role is not ("postgres" or "redis"))
            return [.. cluster.RootElement.GetProperty(role + "s").EnumerateArray()];
        return cluster.RootElement.GetProperty(role) is { ValueKind: JsonValueKind.Object } store ? [store] : [];
    }
}
