using System.Text.Encodings.Web;
using System.Text.Json;

namespace Orleans.Chat.Load.Measuring;

/// <summary>What a run found; written as JSON for tables and plots.</summary>
internal sealed record RunResult
{
    public static JsonSerializerOptions Json { get; } =
        new()
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            WriteIndented = true,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };

    public required string Label { get; init; }

    /// <summary>The command line.</summary>
    public string Command { get; init; } = "";

    public required bool Bare { get; init; }

    public required string Protocol { get; init; }

    /// <summary>Length of the window.</summary>
    public double Seconds { get; init; }

    public double SentPerSecond { get; init; }

    public double AcknowledgedPerSecond { get; init; }

    public double DeliveredPerSecond { get; init; }

    /// <summary>Deliveries in one call of the client's method.</summary>
    public double DeliveredPerPush { get; init; }

    /// <summary>Milliseconds from when a message was meant to be sent until it was received.</summary>
    public Latency? Delivery { get; init; }

    /// <summary>Milliseconds from when a message was meant to be sent until its sender was answered.</summary>
    public Latency? Acknowledgement { get; init; }

    /// <summary>Refusals and lost connections, by code.</summary>
    public Dictionary<string, long> Problems { get; init; } = [];

    /// <summary>Deliveries that should have come by the end of the run and had not.</summary>
    public long Missing { get; init; }

    /// <summary>CPU seconds of the window by role; <c>generator</c> is the load itself.</summary>
    public SortedDictionary<string, double> CpuSeconds { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Bytes of memory by role, at the end of the window.</summary>
    public SortedDictionary<string, long> Memory { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Figures that only this scenario has, with their units in their names.</summary>
    public SortedDictionary<string, double> Figures { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Second by second: what was received, and the CPU of the server side.</summary>
    public List<Second> Timeline { get; init; } = [];

    /// <summary>CPU seconds of the server side: all but the generator's.</summary>
    public double ServerCpu => CpuSeconds.Where(c => c.Key != Generator).Sum(c => c.Value);

    public double DeliveredPerCpuSecond => ServerCpu > 0 ? DeliveredPerSecond * Seconds / ServerCpu : 0;

    public const string Generator = "generator";

    public void Write(string file)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(file)) is { } folder)
            Directory.CreateDirectory(folder);
        File.WriteAllText(file, JsonSerializer.Serialize(this, Json) + "\n");
    }

    public static RunResult Read(string file) => JsonSerializer.Deserialize<RunResult>(File.ReadAllText(file), Json)!;
}

/// <summary>One second of a run.</summary>
internal sealed record Second(double At, double Sent, double Delivered);
