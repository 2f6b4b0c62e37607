using System.Globalization;
using Orleans.Chat.Grains.Interfaces.Chats;
using Orleans.Chat.Grains.Interfaces.Presence;
using Orleans.Chat.Grains.Interfaces.Sessions;
using Orleans.Chat.Grains.Interfaces.Users;

namespace Orleans.Chat.Grains.Interfaces;

#pragma warning disable CS1591 // One line a grain: id to reference.
/// <summary>From an id to its grain; the only caller of <c>GetGrain</c>.</summary>
public static class GrainAddresses
{
    private const string Any = "any";
    private const int StatelessKeys = 256;

    /* A client of the cluster sends all calls of one grain to one silo, chosen by the grain's id, also to a stateless worker, which would answer on
     * any: under one key, one silo would do the reading of all. So each call takes one of some keys; more than silos, for even shares. */
    private static readonly string[] Keys = [.. Enumerable.Range(0, StatelessKeys).Select(i => i.ToString(CultureInfo.InvariantCulture))];

    private static string AnyKey => Keys[Random.Shared.Next(Keys.Length)];

    public static IChatGrain Chat(this IGrainFactory grains, string chatId) => grains.At<IChatGrain>(chatId);

    public static IChatListGrain ChatLists(this IGrainFactory grains) => grains.At<IChatListGrain>(AnyKey);

    public static IUserSessionGrain Session(this IGrainFactory grains, string userId) => grains.At<IUserSessionGrain>(userId);

    public static IGatewayGrain Gateways(this IGrainFactory grains) => grains.At<IGatewayGrain>(Any);

    public static IPresenceGrain Presence(this IGrainFactory grains, string userId) => grains.At<IPresenceGrain>(userId);

    public static IAccountGrain Account(this IGrainFactory grains, string userId) => grains.At<IAccountGrain>(userId);

    public static IDirectoryGrain Directory(this IGrainFactory grains) => grains.At<IDirectoryGrain>(AnyKey);

    /// <summary>Orleans' own, for what is known of the cluster's silos.</summary>
    public static IManagementGrain Management(this IGrainFactory grains) => grains.GetGrain<IManagementGrain>(0);

    /* Orleans finds a contract's types by reflection over its attributes, at every GetGrain: a twentieth of a gateway's time. They are the
     * same for all keys and in every process, so the first reference is asked for them. */
    private static TGrain At<TGrain>(this IGrainFactory grains, string key)
        where TGrain : IGrainWithStringKey
    {
        if (Contract<TGrain>.Known is { } known)
            return (TGrain)grains.GetGrain(GrainId.Create(known.Grain, key), known.Interface);
        var grain = grains.GetGrain<TGrain>(key);
        if (grain is GrainReference reference)
            Contract<TGrain>.Known = new Contract<TGrain>(reference.GrainId.Type, reference.InterfaceType);
        return grain;
    }

    private sealed record Contract<TGrain>(GrainType Grain, GrainInterfaceType Interface)
    {
        public static Contract<TGrain>? Known { get; set; }
    }
}
