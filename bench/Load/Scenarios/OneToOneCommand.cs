using System.ComponentModel;
using Orleans.Chat.Load.Population;
using Spectre.Console.Cli;

namespace Orleans.Chat.Load.Scenarios;

internal sealed class OneToOneSettings : TrafficSettings
{
    [CommandOption("--pairs <N>")]
    [DefaultValue(100)]
    public int Pairs { get; init; } = 100;
}

/// <summary>Pairs that write to each other, both at once. What comes back to the sender's own device is not counted.</summary>
[Description("Pairs that write to each other in direct chats")]
internal sealed class OneToOneCommand : TrafficCommand<OneToOneSettings>
{
    protected override string Name => "one-to-one";

    protected override bool CountsOwn => false;

    protected override async Task<Cast> CastAsync(ITarget target, OneToOneSettings settings, CancellationToken cancellationToken)
    {
        var users = await target.UsersAsync(settings.Pairs * 2, cancellationToken);
        var chats = new LoadChat[settings.Pairs];
        await ChatServer.InParallelAsync(
            chats.Length,
            async i => chats[i] = await target.ChatAsync(direct: true, [users[2 * i], users[(2 * i) + 1]], cancellationToken),
            cancellationToken
        );
        var roles = chats
            .SelectMany(c => c.Members.Select(m => (Member: m, Chat: c)))
            .ToDictionary(m => m.Member, m => InTurn(settings, m.Chat));
        return new Cast(users, chats, Direct: true, roles);
    }
}
