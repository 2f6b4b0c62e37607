using Orleans.Chat.Grains.Interfaces.Chats;
using Orleans.Chat.Grains.Interfaces.Delivery;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Delivery;

/// <summary>Lays the changes of memberships that passed while a connection opened over what was read for it.</summary>
internal static class OpeningPlaces
{
    public static bool Concerns(string userId, DeliveryEntry entry) =>
        entry.Event switch
        {
            MemberJoined joined => joined.Member.UserId == userId,
            MemberLeft left => left.Member.UserId == userId,
            ChatCreated => entry.Members is { } members && Array.IndexOf(members, userId) >= 0,
            ChatDeleted => true,
            _ => false,
        };

    public static IReadOnlyCollection<Membership> After(
        string userId,
        IEnumerable<Membership> read,
        IEnumerable<(string ChatId, DeliveryEntry Entry)> passed
    )
    {
        var places = new Dictionary<string, Membership>(StringComparer.Ordinal);
        foreach (var place in read)
            places[place.ChatId] = place;
        foreach (var (chatId, entry) in passed.OrderBy(p => p.Entry.Revision))
        {
            if (places.TryGetValue(chatId, out var place) && place.Revision >= entry.Revision)
                continue;
            if (entry.Event is MemberLeft or ChatDeleted)
                places.Remove(chatId);
            else
                places[chatId] = new Membership
                {
                    UserId = userId,
                    ChatId = chatId,
                    Revision = entry.Revision,
                    JoinedSeq = entry.JoinedSeq,
                    HistoryAll = entry.HistoryAll,
                };
        }
        return places.Values;
    }
}
