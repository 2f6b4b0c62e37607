namespace Orleans.Chat.Gateway.Auth;

/// <summary>Sessions that were revoked, here or anywhere: what is open of them is to be closed.</summary>
internal interface ISessionEndings
{
    /// <summary>A session ended: user id and session id. Handlers must not block; a session may be told more than once.</summary>
    event Action<string, string>? SessionEnded;

    /// <summary>Whether the session was revoked while access tokens of it may still be in time.</summary>
    bool HasEnded(string userId, string sessionId);

    /// <summary>Ends a session here at once, before the cluster has told it.</summary>
    void End(string userId, string sessionId);
}
