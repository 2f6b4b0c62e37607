namespace Orleans.Chat.Load.Chaos;

/// <summary>Rules for the packets of the loopback, in a chain of their own that is put in and taken away as one.</summary>
internal static class PacketFilter
{
    private const string Chain = "ORLEANS_CHAT_FAULTS";

    /// <param name="rules">What follows <c>iptables -A chain</c>.</param>
    public static async Task ApplyAsync(IEnumerable<string> rules, CancellationToken cancellationToken)
    {
        await RemoveAsync(cancellationToken);
        await RunAsync($"-N {Chain}", cancellationToken);
        foreach (var rule in rules)
            await RunAsync($"-A {Chain} {rule}", cancellationToken);
        await RunAsync($"-I OUTPUT -o lo -j {Chain}", cancellationToken);
    }

    /// <summary>Nothing where there is none.</summary>
    public static async Task RemoveAsync(CancellationToken cancellationToken)
    {
        if (await TryAsync($"-D OUTPUT -o lo -j {Chain}", cancellationToken) + await TryAsync($"-F {Chain}", cancellationToken) == 0)
            await RunAsync($"-X {Chain}", cancellationToken);
    }

    private static Task RunAsync(string arguments, CancellationToken cancellationToken) =>
        Tool.RunAsync("iptables", arguments.Split(' '), cancellationToken);

    private static async Task<int> TryAsync(string arguments, CancellationToken cancellationToken) =>
        (await Tool.TryAsync("iptables", arguments.Split(' '), cancellationToken)).Code;
}
