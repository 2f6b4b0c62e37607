using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Orleans.Chat.Load.Chaos;

/* A line's time is taken as it is written, under the lock, so that the file is in the order of time: who is about to send writes before, who was answered
 * writes after, and what the checker concludes from the order of two lines holds. */

/// <summary>What all devices of a run did and saw, in one file.</summary>
internal sealed class History(string file) : IDisposable
{
    private const double NanosecondsPerSecond = 1e9;
    private readonly Lock _lock = new();
    private readonly FileStream _file = new(file, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 1 << 16);
    private long _lines;

    public string FileName => file;

    public long Lines => Interlocked.Read(ref _lines);

    public static long Now() => (long)(Stopwatch.GetTimestamp() * (NanosecondsPerSecond / Stopwatch.Frequency));

    public static string HashOf(string content) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)).AsSpan(0, 8));

    /// <summary>Several are of one moment.</summary>
    public void Write(params ReadOnlySpan<HistoryLine> lines)
    {
        lock (_lock)
        {
            var now = Now();
            foreach (var line in lines)
            {
                _file.Write(JsonSerializer.SerializeToUtf8Bytes(line with { T = now }, HistoryJson.Default.HistoryLine));
                _file.WriteByte((byte)'\n');
                _lines++;
            }
        }
    }

    public void Flush()
    {
        lock (_lock)
            _file.Flush();
    }

    public void Dispose() => _file.Dispose();
}
