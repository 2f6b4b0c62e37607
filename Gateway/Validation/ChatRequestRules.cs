using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Validation;

/// <summary>The requests about chats, members, lists and synchronising.</summary>
internal static class ChatRequestRules
{
    public const int MaxName = 255;
    public const int MaxCursor = 4_096;
    private const int MaxSlowMode = 86_400;
    private const int MaxTtl = 10 * 366 * 86_400;
    private static readonly string[] WhoCanPost = [SettingValues.PostEveryone, SettingValues.PostMembers, SettingValues.PostAdmins];
    private static readonly string[] History = [SettingValues.HistoryJoined, SettingValues.HistoryAll];
    private static readonly string[] Visibility = [SettingValues.Public, SettingValues.Private];

    public static Problem? Create(CreateChat request, string caller, LimitOptions limits)
    {
        var errors = new Errors()
            .Id("chat_id", request.ChatId, required: false)
            .OneOf("type", request.Type, ChatTypes.All)
            .Text("name", request.Name, 1, MaxName, required: false);
        if (request.ChatId is { } chatId && Ids.IsDirect(chatId))
            errors.Add("chat_id", "Ids that begin with d- are the server's own.");
        MemberIds(errors, request, caller, limits);
        MetadataRules.Check(errors, request.Metadata, limits);
        Settings(errors, request.Settings);
        if (request.Type is ChatTypes.Direct or ChatTypes.Group && request.Settings?.Visibility == SettingValues.Public)
            errors.Add("settings.visibility", "Only channels and broadcasts can be public.");
        return errors.Problem;
    }

    public static Problem? Update(UpdateChat request, LimitOptions limits)
    {
        var errors = new Errors().Text("name", request.Name, 1, MaxName, required: false);
        MetadataRules.Check(errors, request.Metadata, limits);
        Settings(errors, request.Settings);
        return errors.Problem;
    }

    public static Problem? SetMember(SetMember request) => new Errors().OneOf("role", request.Role, Roles.All, required: false).Problem;

    public static Problem? SetPreferences(Preferences request, LimitOptions limits) =>
        new Errors().Text("draft", request.Draft, 0, limits.MaxContentLength, required: false).Problem;

    public static Problem? List(Errors errors, string? query, string? cursor, int? limit, LimitOptions limits) =>
        errors
            .Text("query", query, 0, MaxName, required: false)
            .Text("cursor", cursor, 1, MaxCursor, required: false)
            .Range("limit", limit, 1, limits.MaxPageSize)
            .Problem;

    /// <summary>The cursor of a page of members is the last one's id.</summary>
    public static Problem? Members(Errors errors, string? cursor, int? limit, LimitOptions limits)
    {
        if (cursor is not null && !Ids.IsValid(cursor))
            errors.Add("cursor", "This is no cursor of this list.");
        return errors.Range("limit", limit, 1, limits.MaxPageSize).Problem;
    }

    public static Problem? Changes(Errors errors, GetChanges request, LimitOptions limits) =>
        errors
            .Id("chat_id", request.ChatId)
            .Range("after_revision", request.AfterRevision, 0, long.MaxValue)
            .Range("limit", request.Limit, 1, limits.MaxPageSize)
            .Problem;

    public static Problem? Sync(SyncRequest request) => new Errors().Text("since", request.Since, 1, MaxCursor, required: false).Problem;

    private static void MemberIds(Errors errors, CreateChat request, string caller, LimitOptions limits)
    {
        var members = request.MemberIds ?? [];
        if (members.Length > limits.MaxMembersAtCreation)
            errors.Add("member_ids", $"It must have at most {limits.MaxMembersAtCreation} items.");
        for (var i = 0; i < Math.Min(members.Length, limits.MaxMembersAtCreation); i++)
        {
            if (!Ids.IsValid(members[i]))
                errors.Add("member_ids", $"Item {i} is not an id.");
        }
        if (request.Type == ChatTypes.Direct && members.Where(m => m != caller).Distinct(StringComparer.Ordinal).Count() != 1)
            errors.Add("member_ids", "A direct chat has exactly one other.");
    }

    private static void Settings(Errors errors, ChatSettings? settings)
    {
        if (settings is null)
            return;
        errors
            .Range("settings.slow_mode_s", settings.SlowModeS, 0, MaxSlowMode)
            .Range("settings.message_ttl_s", settings.MessageTtlS, 1, MaxTtl)
            .OneOf("settings.who_can_post", settings.WhoCanPost, WhoCanPost, required: false)
            .OneOf("settings.history", settings.History, History, required: false)
            .OneOf("settings.visibility", settings.Visibility, Visibility, required: false);
    }
}
