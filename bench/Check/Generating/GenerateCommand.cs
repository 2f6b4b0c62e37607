using System.Buffers;
using System.ComponentModel;
using System.Text.Json;
using Spectre.Console.Cli;

namespace Orleans.Chat.Check.Generating;

internal sealed class GenerateSettings : CommandSettings
{
    [CommandOption("--events <N>")]
    [DefaultValue(1_000_000L)]
    public long Events { get; init; } = 1_000_000;

    [CommandOption("--out <FILE>")]
    [DefaultValue("history.jsonl")]
    public string Out { get; init; } = "history.jsonl";

    [CommandOption("--seed <N>")]
    [DefaultValue(1)]
    public int Seed { get; init; } = 1;

    [CommandOption("--chats <N>")]
    [DefaultValue(100)]
    public int Chats { get; init; } = 100;

    [CommandOption("--users <N>")]
    [DefaultValue(200)]
    public int Users { get; init; } = 200;

    [CommandOption("--members <N>")]
    [DefaultValue(10)]
    public int Members { get; init; } = 10;

    [CommandOption("--step <MICROSECONDS>")]
    [Description("Between one thing that happens and the next, at most")]
    [DefaultValue(400L)]
    public long Step { get; init; } = 400;
}

/// <summary>Makes up a history that keeps all promises, to see how fast it is checked.</summary>
[Description("Makes up a history without violations")]
internal sealed class GenerateCommand : Command<GenerateSettings>
{
    private const int Batch = 1 << 20;

    public override int Execute(CommandContext context, GenerateSettings settings, CancellationToken cancellationToken)
    {
        var world = new World(
            new WorldOptions
            {
                Seed = settings.Seed,
                Chats = settings.Chats,
                Users = settings.Users,
                Members = Math.Min(settings.Members, settings.Users),
                StepNanoseconds = settings.Step * 1_000,
            }
        );
        using var file = File.Create(settings.Out);
        var buffer = new ArrayBufferWriter<byte>(Batch);
        using var json = new Utf8JsonWriter(buffer);
        foreach (var line in world.Run(settings.Events))
        {
            line.Write(json, buffer);
            if (buffer.WrittenCount < Batch - 4096)
                continue;
            file.Write(buffer.WrittenSpan);
            buffer.ResetWrittenCount();
        }
        file.Write(buffer.WrittenSpan);
        return 0;
    }
}
