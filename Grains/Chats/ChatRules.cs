using Orleans.Chat.Protocol;

namespace Orleans.Chat.Grains.Chats;

/// <summary>Who may do what in a chat. Pure; the one place that decides it.</summary>
internal static class ChatRules
{
    /// <summary>The settings that a new chat of a type begins with; the caller's own go before them.</summary>
    public static ChatSettings Defaults(string type, ChatSettings? chosen) =>
        new()
        {
            SlowModeS = chosen?.SlowModeS ?? 0,
            MessageTtlS = chosen?.MessageTtlS,
            E2ee = chosen?.E2ee ?? false,
            WhoCanPost =
                chosen?.WhoCanPost
                ?? type switch
                {
                    ChatTypes.Broadcast => SettingValues.PostAdmins,
                    ChatTypes.Channel => SettingValues.PostMembers,
                    _ => SettingValues.PostEveryone,
                },
            History = chosen?.History ?? (IsPublicKind(type) ? SettingValues.HistoryAll : SettingValues.HistoryJoined),
            Visibility = chosen?.Visibility ?? (IsPublicKind(type) ? SettingValues.Public : SettingValues.Private),
        };

    /// <summary>What changes of the settings leaves of the old ones.</summary>
    public static ChatSettings Merge(ChatSettings old, ChatSettings? change) =>
        change is null
            ? old
            : new ChatSettings
            {
                SlowModeS = change.SlowModeS ?? old.SlowModeS,
                MessageTtlS = change.MessageTtlS ?? old.MessageTtlS,
                WhoCanPost = change.WhoCanPost ?? old.WhoCanPost,
                History = change.History ?? old.History,
                Visibility = change.Visibility ?? old.Visibility,
                E2ee = change.E2ee ?? old.E2ee,
            };

    /// <summary>Channels and broadcasts: they can be public, and no other type can.</summary>
    public static bool IsPublicKind(string type) => type is ChatTypes.Channel or ChatTypes.Broadcast;

    public static bool IsPublic(ChatSettings settings) => settings.Visibility == SettingValues.Public;

    public static bool HistoryAll(ChatSettings settings) => settings.History == SettingValues.HistoryAll;

    public static bool Leads(string role) => role is Roles.Owner or Roles.Admin;

    public static Problem? MayPost(string role, ChatSettings settings)
    {
        var may = settings.WhoCanPost switch
        {
            SettingValues.PostAdmins => Leads(role),
            SettingValues.PostMembers => role != Roles.Guest,
            _ => true,
        };
        return may ? null : Problem.Forbidden("Your role may not post here.");
    }

    public static Problem? MayUpdate(string type, string role) =>
        type != ChatTypes.Direct && Leads(role) ? null : Problem.Forbidden("Only owners and admins change a chat.");

    public static Problem? MayDelete(string type, string role) =>
        type != ChatTypes.Direct && role == Roles.Owner ? null : Problem.Forbidden("Only owners delete a chat.");

    public static Problem? MayAdd(string type, string role, string newRole)
    {
        if (type == ChatTypes.Direct)
            return Problem.Forbidden("A direct chat is between two.");
        if (!Leads(role))
            return Problem.Forbidden("Only owners and admins add members.");
        return Leads(newRole) && role != Roles.Owner ? Problem.Forbidden("Only owners make admins and owners.") : null;
    }

    public static Problem? MaySetRole(string type, string role, string oldRole, string newRole)
    {
        if (type == ChatTypes.Direct)
            return Problem.Forbidden("A direct chat has no roles.");
        if (role == Roles.Owner)
            return null;
        return role == Roles.Admin && !Leads(oldRole) && !Leads(newRole)
            ? null
            : Problem.Forbidden("Only owners change the roles of admins and owners, and only owners and admins those of others.");
    }

    public static Problem? MayRemove(string type, string role, string otherRole, bool oneself)
    {
        if (type == ChatTypes.Direct)
            return Problem.Forbidden("Nobody leaves a direct chat.");
        if (oneself || role == Roles.Owner || (role == Roles.Admin && !Leads(otherRole)))
            return null;
        return Problem.Forbidden("Only owners and admins remove others, and only owners remove admins.");
    }

    public static Problem? MayDeleteMessage(string type, string role, bool own) =>
        own || (type != ChatTypes.Direct && Leads(role))
            ? null
            : Problem.Forbidden("Only its sender, owners and admins delete a message for everyone.");

    /// <summary>Who becomes owner when the last one leaves: the longest-standing admin, else member, else guest; null when nobody is left.</summary>
    public static ChatMember? Heir(IEnumerable<ChatMember> others) =>
        others
            .OrderBy(m =>
                m.Role switch
                {
                    Roles.Admin => 0,
                    Roles.Member => 1,
                    _ => 2,
                }
            )
            .ThenBy(m => m.JoinedAt)
            .ThenBy(m => m.UserId, StringComparer.Ordinal)
            .FirstOrDefault();
}
