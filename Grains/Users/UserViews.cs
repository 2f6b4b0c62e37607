using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Users;

namespace Orleans.Chat.Grains.Users;

/// <summary>Rows of users as they are shown: to others without what is private, to the user itself with it.</summary>
internal static class UserViews
{
    public const string LastSeenEveryone = "everyone";
    public const string LastSeenNobody = "nobody";

    public static User Public(UserRow row) =>
        new()
        {
            UserId = row.UserId,
            DisplayName = row.DisplayName,
            AvatarAttachmentId = row.AvatarAttachmentId,
            StatusText = row.StatusText,
            CreatedAt = row.CreatedAt,
        };

    public static User Own(UserRow row) =>
        Public(row) with
        {
            Privacy = new Privacy { LastSeen = row.LastSeenPrivacy ?? LastSeenEveryone },
        };
}
