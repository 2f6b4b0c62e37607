using System.Buffers.Text;
using System.Diagnostics;

namespace Orleans.Chat.Load.Wire;

/* What the beginning of every content says: when it was meant to be sent and by whom. A receiver finds it by a search for bytes, so that nothing needs
 * to be parsed: ~~t=<16 hex digits: Stopwatch time><8 hex digits: sender>~ */
internal static class Stamp
{
    public const int Length = 4 + 16 + 8 + 1;
    private const int TimeAt = 4;
    private const int SenderAt = 20;

    public static ReadOnlySpan<byte> Mark => "~~t="u8;

    /// <summary>A content of this many characters; its stamp is filled in by <see cref="Write"/>.</summary>
    public static string Content(int characters)
    {
        const string Words = "the quick brown fox jumps over the lazy dog and runs on ";
        var text = new char[Math.Max(Length, characters)];
        for (var i = 0; i < text.Length; i++)
            text[i] = Words[i % Words.Length];
        var stamp = "~~t=" + new string('0', 24) + "~";
        stamp.CopyTo(0, text, 0, Length);
        return new string(text);
    }

    public static void Write(Span<byte> stamp, long time, int sender)
    {
        Utf8Formatter.TryFormat(time, stamp.Slice(TimeAt, 16), out _, new System.Buffers.StandardFormat('x', 16));
        Utf8Formatter.TryFormat(sender, stamp.Slice(SenderAt, 8), out _, new System.Buffers.StandardFormat('x', 8));
    }

    /// <summary>Reads the stamp that begins here.</summary>
    public static bool TryRead(ReadOnlySpan<byte> stamp, out long time, out int sender)
    {
        sender = 0;
        return Utf8Parser.TryParse(stamp.Slice(TimeAt, 16), out time, out var digits, 'x')
            && digits == 16
            && Utf8Parser.TryParse(stamp.Slice(SenderAt, 8), out sender, out digits, 'x')
            && digits == 8;
    }

    public static double Microseconds(long stopwatchTicks) => stopwatchTicks * 1_000_000.0 / Stopwatch.Frequency;
}
