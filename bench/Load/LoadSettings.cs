using System.ComponentModel;
using Orleans.Chat.Load.Measuring;
using Orleans.Chat.Load.Wire;
using Spectre.Console;
using Spectre.Console.Cli;

namespace Orleans.Chat.Load;

/// <summary>What every scenario is told.</summary>
internal class LoadSettings : CommandSettings
{
    [CommandOption("--server <URL>")]
    [Description("A gateway's address; may be repeated, and users are spread over them. Default http://127.0.0.1:5080")]
    public Uri[] Servers { get; init; } = [];

    [CommandOption("--cluster <FILE>")]
    [Description("cluster.json of ./run.sh cluster: gateways' addresses, and processes whose CPU and memory are read")]
    public string? Cluster { get; init; }

    [CommandOption("--pid <ROLE=PID>")]
    [Description("A process of the server side to read CPU and memory of, as in gateway=4711; may be repeated")]
    public string[] Pids { get; init; } = [];

    [CommandOption("--bare")]
    [Description("The server is the bare hub of bench/Limit: no accounts, chats are groups")]
    public bool Bare { get; init; }

    [CommandOption("--protocol <NAME>")]
    [Description("The hub's protocol: json or messagepack")]
    [DefaultValue("messagepack")]
    public string Protocol { get; init; } = "messagepack";

    [CommandOption("--bytes <N>")]
    [Description("Characters of a message's text")]
    [DefaultValue(1024)]
    public int Bytes { get; init; } = 1024;

    [CommandOption("--warmup <SECONDS>")]
    [DefaultValue(5.0)]
    public double Warmup { get; init; } = 5;

    [CommandOption("--seconds <SECONDS>")]
    [Description("How long is measured, after the warm-up")]
    [DefaultValue(15.0)]
    public double Seconds { get; init; } = 15;

    [CommandOption("--label <TEXT>")]
    [Description("The name of the row in tables; default the scenario's")]
    public string? Label { get; init; }

    [CommandOption("--out <FILE>")]
    [Description("Where the result is written as JSON")]
    public string? Out { get; init; }

    public HubFraming Framing => HubFraming.Of(Protocol);

    /// <summary>The processes to read, and the addresses to connect to.</summary>
    public (ServerProcesses Processes, IReadOnlyList<Uri> Servers) Resolve()
    {
        var processes = new ServerProcesses();
        IReadOnlyList<Uri> servers = Cluster is null ? [] : processes.AddCluster(Cluster);
        foreach (var pid in Pids)
        {
            var parts = pid.Split('=');
            processes.Add(parts[0], int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture));
        }
        if (Servers.Length > 0)
            servers = Servers;
        return (processes, servers.Count > 0 ? servers : [new Uri("http://127.0.0.1:5080")]);
    }

    public override ValidationResult Validate()
    {
        if (Protocol is not ("json" or "messagepack"))
            return ValidationResult.Error("--protocol is json or messagepack.");
        if (Bytes is < Stamp.Length or > 16_000)
            return ValidationResult.Error($"--bytes is from {Stamp.Length} to 16000.");
        if (Cluster is not null && !File.Exists(Cluster))
            return ValidationResult.Error($"There is no {Cluster}; start ./run.sh cluster first.");
        return Pids.All(p => p.Split('=') is [_, var id] && int.TryParse(id, System.Globalization.CultureInfo.InvariantCulture, out _))
            ? ValidationResult.Success()
            : ValidationResult.Error("--pid is ROLE=PID.");
    }
}

/// <summary>How messages are sent: as fast as they are answered, or at a rate.</summary>
internal class TrafficSettings : LoadSettings
{
    [CommandOption("--in-flight <N>")]
    [Description("Closed loop: messages of one sender that wait for their answers at a time")]
    [DefaultValue(2)]
    public int InFlight { get; init; } = 2;

    [CommandOption("--rate <PER SECOND>")]
    [Description("Open loop: messages a second over all, at times fixed in advance; without it the loop is closed")]
    public double? Rate { get; init; }
}
