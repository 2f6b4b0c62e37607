using Orleans.Chat.Protocol;

namespace Orleans.Chat.Storage.Chats;

/// <summary>A message's reactions as they are shown, from its rows, oldest first: emojis in the order in which each came first.</summary>
internal static class ReactionGroups
{
    public static IReadOnlyList<Reaction> Of(IEnumerable<(string User, string Emoji)> rows)
    {
        var emojis = new OrderedDictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var (user, emoji) in rows)
        {
            if (!emojis.TryGetValue(emoji, out var users))
                emojis.Add(emoji, users = []);
            users.Add(user);
        }
        return
        [
            .. emojis.Select(e => new Reaction
            {
                Emoji = e.Key,
                Count = e.Value.Count,
                UserIds = [.. e.Value],
            }),
        ];
    }
}
