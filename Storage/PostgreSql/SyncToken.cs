using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Orleans.Chat.Storage.PostgreSql;

/// <summary>
/// What <c>next</c> holds: the history, the snapshot that everything was told of, and, between the pages of one synchronisation, the
/// snapshot of its first page and where the last page ended.
/// </summary>
/// <param name="Since">Null: nothing was told yet.</param>
/// <param name="First">Null when the synchronisation was complete.</param>
internal sealed record SyncToken(string History, string? Since, string? First, ulong AfterChanged, string AfterChat)
{
    private const string Version = "p1";
    private const int MaxLength = 8_192;

    /// <summary>The first transaction that had not begun at a snapshot (its text: <c>xmin:xmax:in progress</c>).</summary>
    public static ulong Ceiling(string snapshot) => ulong.Parse(snapshot.Split(':')[1], CultureInfo.InvariantCulture);

    public string Write() =>
        Base64Url.EncodeToString(
            Encoding.UTF8.GetBytes(
                string.Join('|', Version, History, Since, First, AfterChanged.ToString(CultureInfo.InvariantCulture), AfterChat)
            )
        );

    public static SyncToken Read(string token)
    {
        if (token.Length is 0 or > MaxLength || !Base64Url.IsValid(token))
            throw new FormatException("This is no token of a synchronisation.");
        var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token)).Split('|');
        if (
            parts.Length != 6
            || !string.Equals(parts[0], Version, StringComparison.Ordinal)
            || !(parts[2].Length == 0 || IsSnapshot(parts[2]))
            || !(parts[3].Length == 0 || IsSnapshot(parts[3]))
            || !ulong.TryParse(parts[4], NumberStyles.None, CultureInfo.InvariantCulture, out var changed)
            || parts[5].Contains('\0', StringComparison.Ordinal)
        )
        {
            throw new FormatException("This is no token of a synchronisation.");
        }
        return new SyncToken(parts[1], Empty(parts[2]), Empty(parts[3]), changed, parts[5]);
    }

    private static string? Empty(string part) => part.Length == 0 ? null : part;

    /// <summary>Checked here, since the database would answer an error: numbers that rise, xmin ≤ those in progress &lt; xmax.</summary>
    private static bool IsSnapshot(string text)
    {
        var parts = text.Split(':');
        if (parts.Length != 3 || !TryNumber(parts[0], out var min) || !TryNumber(parts[1], out var max) || min > max || min == 0)
            return false;
        if (parts[2].Length == 0)
            return true;
        var last = min - 1;
        foreach (var part in parts[2].Split(','))
        {
            if (!TryNumber(part, out var xid) || xid <= last || xid >= max)
                return false;
            last = xid;
        }
        return true;
    }

    private static bool TryNumber(string text, out ulong number) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
