using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Orleans.Chat.Storage.Sqlite;

/// <summary>
/// What <c>next</c> holds: the history, the last write that everything was told of, and, between the pages of one synchronisation, the last
/// write at its first page and where the last page ended.
/// </summary>
/// <param name="Since">0: nothing was told yet.</param>
/// <param name="First">0: the synchronisation was complete.</param>
internal sealed record SyncToken(string History, long Since, long First, long AfterChanged, string AfterChat)
{
    private const string Version = "s1";
    private const int MaxLength = 1_024;

    public string Write() =>
        Base64Url.EncodeToString(
            Encoding.UTF8.GetBytes(
                string.Create(CultureInfo.InvariantCulture, $"{Version}|{History}|{Since}|{First}|{AfterChanged}|{AfterChat}")
            )
        );

    public static SyncToken Read(string token)
    {
        if (token.Length is 0 or > MaxLength || !Base64Url.IsValid(token))
            throw NoToken();
        var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token)).Split('|');
        return
            parts.Length == 6
            && string.Equals(parts[0], Version, StringComparison.Ordinal)
            && TryNumber(parts[2], out var since)
            && TryNumber(parts[3], out var first)
            && TryNumber(parts[4], out var changed)
            ? new SyncToken(parts[1], since, first, changed, parts[5])
            : throw NoToken();
    }

    private static bool TryNumber(string text, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static FormatException NoToken() => new("This is no token of a synchronisation.");
}
