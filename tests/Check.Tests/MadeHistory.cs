using System.Buffers;
using System.Text.Json;
using Orleans.Chat.Check.Generating;
using Orleans.Chat.Check.Histories;
using Orleans.Chat.Check.Promises;
using Orleans.Chat.Check.Verdicts;

namespace Orleans.Chat.Check.Tests;

/// <summary>A violation with the lines that it names.</summary>
internal sealed record Found(Promise Promise, string What, IReadOnlyList<GeneratedLine> Lines);

/// <summary>A made-up history that can be spoilt, and checked as it comes from files: one for each client, as processes write them.</summary>
internal sealed class MadeHistory(IEnumerable<GeneratedLine> lines)
{
    public List<GeneratedLine> Lines { get; } = [.. lines];

    public static MadeHistory Of(int seed, long lines = 4_000)
    {
        var random = new Random(seed);
        var options = new WorldOptions
        {
            Seed = seed,
            Chats = 1 + random.Next(5),
            Users = 6 + random.Next(4),
            Members = 2 + random.Next(5),
            StepNanoseconds = seed % 2 == 0 ? 100_000_000 : 3_000_000,
        };
        return new MadeHistory(new World(options).Run(lines));
    }

    /// <summary>Puts a line in another's place.</summary>
    public GeneratedLine Replace(GeneratedLine old, GeneratedLine by)
    {
        Lines[IndexOf(old)] = by;
        return by;
    }

    public void Remove(GeneratedLine line) => Lines.RemoveAt(IndexOf(line));

    public GeneratedLine Add(GeneratedLine line)
    {
        Lines.Add(line);
        return line;
    }

    public void RemoveAll(Predicate<GeneratedLine> which) => Lines.RemoveAll(which);

    public IReadOnlyList<Found> Violations(TimeSpan? presenceBound = null)
    {
        using var files = new HistoryFiles();
        var written = Lines
            .OrderBy(l => l.T)
            .GroupBy(l => l.Client, StringComparer.Ordinal)
            .Select(g => (Path: files.Write(g.Key, g), Lines: g.ToArray()))
            .ToArray();
        var checker = new Checker(presenceBound ?? TimeSpan.FromSeconds(35));
        using var history = new MergedHistory([.. written.Select(w => w.Path)], new EventParser());
        foreach (var e in history.Events())
            checker.Take(e);
        checker.Finish();
        return
        [
            .. checker.Findings.Violations.Select(v => new Found(
                v.Promise,
                v.What,
                [.. v.Lines.Select(p => written[p.File].Lines[p.Line - 1])]
            )),
        ];
    }

    // A line is told from its like by which it is, not by what it says.
    private int IndexOf(GeneratedLine line) => Lines.FindIndex(l => ReferenceEquals(l, line));
}

/// <summary>Files of one test.</summary>
internal sealed class HistoryFiles : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("orleans-chat-check-");

    public string Write(string name, IEnumerable<GeneratedLine> lines)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        foreach (var line in lines)
            line.Write(json, buffer);
        return Write(name, buffer.WrittenSpan);
    }

    public string Write(string name, ReadOnlySpan<byte> bytes)
    {
        var path = Path.Combine(_folder.FullName, name + ".jsonl");
        File.WriteAllBytes(path, bytes);
        return path;
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
