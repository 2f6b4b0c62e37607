using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Validation;

/// <summary>The requests about accounts, users and presence.</summary>
internal static class AccountRules
{
    public const int MinPassword = 8;
    public const int MaxPassword = 256;
    public const int MaxToken = 16_384;
    private const int MaxName = 255;
    private static readonly string[] LastSeen = ["everyone", "nobody"];

    public static Problem? Register(Register request)
    {
        var errors = new Errors();
        UserId(errors, request.UserId);
        Name(errors, "display_name", request.DisplayName, required: true);
        return errors
            .Text("password", request.Password, MinPassword, MaxPassword)
            .Text("device_name", request.DeviceName, 0, MaxName, required: false)
            .Problem;
    }

    /// <summary>A password that is too short to be anybody's is a wrong one, not an invalid one: it gets the same answer in the same time.</summary>
    public static Problem? Login(Login request) =>
        new Errors()
            .Id("user_id", request.UserId)
            .Text("password", request.Password, 0, MaxPassword)
            .Text("device_name", request.DeviceName, 0, MaxName, required: false)
            .Problem;

    public static Problem? Refresh(RefreshTokens request) => new Errors().Text("refresh_token", request.RefreshToken, 1, MaxToken).Problem;

    public static Problem? Reauthenticate(Reauthenticate request) =>
        new Errors().Text("access_token", request.AccessToken, 1, MaxToken).Problem;

    public static Problem? Update(UpdateUser request)
    {
        var errors = new Errors();
        Name(errors, "display_name", request.DisplayName, required: false);
        return errors
            .Id("avatar_attachment_id", request.AvatarAttachmentId, required: false)
            .Text("status_text", request.StatusText, 0, MaxName, required: false)
            .OneOf("privacy.last_seen", request.Privacy?.LastSeen, LastSeen, required: false)
            .Problem;
    }

    public static Problem? Choose(UpdateUser request)
    {
        var errors = new Errors();
        UserId(errors, request.UserId);
        Name(errors, "display_name", request.DisplayName, required: true);
        return errors.Problem;
    }

    public static Problem? Search(Errors errors, string? query, int? limit, LimitOptions limits) =>
        errors.Text("query", query, 1, MaxName).Range("limit", limit, 1, limits.MaxPageSize).Problem;

    public static Problem? SetPresence(SetPresence request) =>
        new Errors().OneOf("status", request.Status, PresenceStatus.Settable).Problem;

    public static Problem? WatchPresence(WatchPresence request, LimitOptions limits)
    {
        var errors = new Errors().Required("user_ids", request.UserIds);
        var users = request.UserIds ?? [];
        if (users.Length > limits.MaxWatchedUsers)
            errors.Add("user_ids", $"It must have at most {limits.MaxWatchedUsers} items.");
        for (var i = 0; i < Math.Min(users.Length, limits.MaxWatchedUsers); i++)
        {
            if (!Ids.IsValid(users[i]))
                errors.Add("user_ids", $"Item {i} is not an id.");
        }
        return errors.Problem;
    }

    private static void UserId(Errors errors, string? userId)
    {
        errors.Id("user_id", userId);
        // The path /users/me is whoever asks.
        if (userId == "me")
            errors.Add("user_id", "This id is the server's own.");
    }

    private static void Name(Errors errors, string field, string? name, bool required)
    {
        errors.Text(field, name, 1, MaxName, required);
        if (name is { Length: > 0 } && string.IsNullOrWhiteSpace(name))
            errors.Add(field, "It must not be blank.");
    }
}
