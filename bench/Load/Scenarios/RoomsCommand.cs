using System.ComponentModel;
using Orleans.Chat.Load.Population;
using Spectre.Console.Cli;

namespace Orleans.Chat.Load.Scenarios;

internal sealed class RoomsSettings : TrafficSettings
{
    [CommandOption("--rooms <N>")]
    [DefaultValue(20)]
    public int Rooms { get; init; } = 20;

    [CommandOption("--members <N>")]
    [Description("Members of a room, all of them connected")]
    [DefaultValue(50)]
    public int Members { get; init; } = 50;

    [CommandOption("--senders <N>")]
    [Description("How many of all members send, spread over the rooms")]
    [DefaultValue(80)]
    public int Senders { get; init; } = 80;
}

/// <summary>Rooms of the same size whose members are in no other.</summary>
[Description("Rooms whose members are all connected, with some senders in each")]
internal sealed class RoomsCommand : TrafficCommand<RoomsSettings>
{
    protected override string Name => "rooms";

    protected override async Task<Cast> CastAsync(ITarget target, RoomsSettings settings, CancellationToken cancellationToken)
    {
        var users = await target.UsersAsync(settings.Rooms * settings.Members, cancellationToken);
        var chats = new LoadChat[settings.Rooms];
        await ChatServer.InParallelAsync(
            chats.Length,
            async i =>
                chats[i] = await target.ChatAsync(
                    direct: false,
                    users[(i * settings.Members)..((i + 1) * settings.Members)],
                    cancellationToken
                ),
            cancellationToken
        );
        var roles = Enumerable
            .Range(0, settings.Senders)
            .ToDictionary(
                s => chats[s % chats.Length].Members[s / chats.Length % settings.Members],
                s => InTurn(settings, chats[s % chats.Length])
            );
        return new Cast(users, chats, Direct: false, roles);
    }
}
