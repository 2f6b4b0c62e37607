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

    public static IChatGrain Chat(this IGrainFactory grains, string chatId) => grains.GetGrain<IChatGrain>(chatId);

    public static IChatListGrain ChatLists(this IGrainFactory grains) => grains.GetGrain<IChatListGrain>(Any);

    public static IUserSessionGrain Session(this IGrainFactory grains, string userId) => grains.GetGrain<IUserSessionGrain>(userId);

    public static IGatewayGrain Gateways(this IGrainFactory grains) => grains.GetGrain<IGatewayGrain>(Any);

    public static IPresenceGrain Presence(this IGrainFactory grains, string userId) => grains.GetGrain<IPresenceGrain>(userId);

    public static IAccountGrain Account(this IGrainFactory grains, string userId) => grains.GetGrain<IAccountGrain>(userId);

    public static IDirectoryGrain Directory(this IGrainFactory grains) => grains.GetGrain<IDirectoryGrain>(Any);

    /// <summary>Orleans' own, for what is known of the cluster's silos.</summary>
    public static IManagementGrain Management(this IGrainFactory grains) => grains.GetGrain<IManagementGrain>(0);
}
