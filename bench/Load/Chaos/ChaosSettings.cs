using System.ComponentModel;
using Spectre.Console;
using Spectre.Console.Cli;

namespace Orleans.Chat.Load.Chaos;

/// <summary>The load of a run with faults, and where its history goes.</summary>
internal sealed class ChaosSettings : CommandSettings
{
    [CommandOption("--server <URL>")]
    [Description("A gateway's address; may be repeated, and users are spread over them. Default http://127.0.0.1:5080")]
    public Uri[] Servers { get; init; } = [];

    [CommandOption("--cluster <FILE>")]
    [Description("cluster.json of ./run.sh cluster: gateways' addresses, and the processes that the built-in faults are for")]
    public string? Cluster { get; init; }

    [CommandOption("--fault <NAME>")]
    [Description("A built-in fault (see --list), or any name together with --begin; may be repeated, and they come one after the other")]
    public string[] Faults { get; init; } = [];

    [CommandOption("--begin <COMMAND>")]
    [Description("A shell command that begins a fault of yours, as in \"kubectl delete pod chat-silo-0 --grace-period 0 --force\"")]
    public string? Begin { get; init; }

    [CommandOption("--heal <COMMAND>")]
    [Description("A shell command that ends it")]
    public string? Heal { get; init; }

    [CommandOption("--list")]
    [Description("Names the built-in faults")]
    public bool List { get; init; }

    [CommandOption("--users <N>")]
    [DefaultValue(24)]
    public int Users { get; init; } = 24;

    [CommandOption("--chats <N>")]
    [DefaultValue(12)]
    public int Chats { get; init; } = 12;

    [CommandOption("--members <N>")]
    [Description("Members of a chat, beside the one who reads the end")]
    [DefaultValue(8)]
    public int Members { get; init; } = 8;

    [CommandOption("--rate <PER SECOND>")]
    [Description("Messages a second over all")]
    [DefaultValue(200.0)]
    public double Rate { get; init; } = 200;

    [CommandOption("--before <SECONDS>")]
    [Description("Load before the first fault, and between two")]
    [DefaultValue(8.0)]
    public double Before { get; init; } = 8;

    [CommandOption("--during <SECONDS>")]
    [Description("How long a fault lasts, where it does not end by itself")]
    [DefaultValue(20.0)]
    public double During { get; init; } = 20;

    [CommandOption("--after <SECONDS>")]
    [Description("Load after the last")]
    [DefaultValue(12.0)]
    public double After { get; init; } = 12;

    [CommandOption("--settle <SECONDS>")]
    [Description("How long devices may take to be where the chats are, once nothing is sent any more")]
    [DefaultValue(45.0)]
    public double Settle { get; init; } = 45;

    [CommandOption("--patience <SECONDS>")]
    [Description("How long a send is repeated before it counts as unknown")]
    [DefaultValue(90.0)]
    public double Patience { get; init; } = 90;

    [CommandOption("--edits <PART>")]
    [DefaultValue(0.08)]
    public double Edits { get; init; } = 0.08;

    [CommandOption("--deletions <PART>")]
    [DefaultValue(0.04)]
    public double Deletions { get; init; } = 0.04;

    [CommandOption("--reads <PART>")]
    [DefaultValue(0.08)]
    public double Reads { get; init; } = 0.08;

    [CommandOption("--history <FILE>")]
    [Description("Where the history is written")]
    [DefaultValue("history.jsonl")]
    public string History { get; init; } = "history.jsonl";

    public override ValidationResult Validate()
    {
        if (Cluster is not null && !File.Exists(Cluster))
            return ValidationResult.Error($"There is no {Cluster}; start ./run.sh cluster first.");
        if (Members >= Users)
            return ValidationResult.Error("--members is below --users.");
        return ValidationResult.Success();
    }
}
