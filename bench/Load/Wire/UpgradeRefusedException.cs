using System.Globalization;

namespace Orleans.Chat.Load.Wire;

/// <summary>The server did not take the connection; the message is its status line.</summary>
internal sealed class UpgradeRefusedException(string head) : IOException(head.Split("\r\n")[0])
{
    private const string Field = "Retry-After:";

    /// <summary>When to come back, where the server said so; in whole seconds, as the header has it.</summary>
    public TimeSpan? RetryAfter { get; } =
        head.Split("\r\n").FirstOrDefault(l => l.StartsWith(Field, StringComparison.OrdinalIgnoreCase)) is { } line
            ? TimeSpan.FromSeconds(int.Parse(line[Field.Length..], CultureInfo.InvariantCulture))
            : null;
}
