namespace Orleans.Chat.Fuzz.Targets;

/// <summary>All that can be fuzzed, made when it is asked for.</summary>
internal static class FuzzTargets
{
    private static readonly Dictionary<string, Lazy<FuzzTarget>> Made = new(StringComparer.Ordinal)
    {
        ["json"] = new(() => new HubTarget("json")),
        ["messagepack"] = new(() => new HubTarget("messagepack")),
        ["tokens"] = new(() => new TokenTarget()),
        ["batch"] = new(() => new BatchTarget()),
    };

    /// <summary>Their names.</summary>
    public static IReadOnlyCollection<string> Names => Made.Keys;

    /// <summary>The target of a name.</summary>
    public static FuzzTarget Find(string name) => Made[name].Value;
}
