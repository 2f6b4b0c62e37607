using System.ComponentModel;
using Orleans.Chat.Load.Population;
using Spectre.Console;
using Spectre.Console.Cli;

namespace Orleans.Chat.Load.Scenarios;

internal sealed class PopulateSettings : LoadSettings
{
    [CommandOption("--users <N>")]
    [DefaultValue(10_000)]
    public int Users { get; init; } = 10_000;

    [CommandOption("--chats-each <N>")]
    [Description("Chats that every user is in")]
    [DefaultValue(20)]
    public int ChatsEach { get; init; } = 20;

    [CommandOption("--members <N>")]
    [DefaultValue(50)]
    public int Members { get; init; } = 50;

    [CommandOption("--file <FILE>")]
    [Description("Where the users and their tokens are written")]
    [DefaultValue("users.json")]
    public string File { get; init; } = "users.json";
}

/// <summary>Makes users with chats for later runs: for what is measured on a server that has just started.</summary>
[Description("Makes users with chats and keeps them in a file for idle and storm")]
internal sealed class PopulateCommand : AsyncCommand<PopulateSettings>
{
    public override async Task<int> ExecuteAsync(CommandContext context, PopulateSettings settings, CancellationToken cancellationToken)
    {
        using var target = new ChatServer(settings.Resolve().Servers);
        var users = await target.UsersAsync(settings.Users, cancellationToken);
        var random = new Random(4711);
        var chats = new List<LoadUser[]>();
        for (var i = 0; i < settings.ChatsEach; i++)
        {
            var shuffled = users.ToArray();
            random.Shuffle(shuffled);
            chats.AddRange(shuffled.Chunk(settings.Members));
        }
        await ChatServer.InParallelAsync(chats.Count, i => target.ChatAsync(direct: false, chats[i], cancellationToken), cancellationToken);
        UserFile.Write(settings.File, users);
        AnsiConsole.WriteLine($"{users.Length} users in {chats.Count} chats; see {settings.File}");
        return 0;
    }
}
