namespace Orleans.Chat.LocalCluster;

/// <summary>How a <see cref="ChildProcess"/> is started.</summary>
public sealed record ChildCommand(string Name, string Program, IReadOnlyList<string> Arguments, string LogFile)
{
    /// <summary>Added to what this process has; null takes a variable away.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>(StringComparer.Ordinal);

    /// <summary>The user that it runs as, by name or by a number that has none; null is this process's.</summary>
    public string? User { get; init; }

    /// <summary>Where it runs; null is where this process does.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>What the kernel sends it when this process dies.</summary>
    public Signal WhenParentDies { get; init; } = Signal.Kill;
}
