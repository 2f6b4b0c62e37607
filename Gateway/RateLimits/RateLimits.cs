namespace Orleans.Chat.Gateway.RateLimits;

/// <summary>The limits of rates; <see cref="RateLimitTable"/> says what each is.</summary>
internal enum RateLimit
{
    Connects,
    SignIns,
    Strangers,
    Requests,
    Sends,
    ChatSends,
    Calls,
}

/// <summary>Whom a limit counts.</summary>
internal enum RateLimitKey
{
    /// <summary>An IPv4 address, or the /64 of an IPv6 one.</summary>
    Address,
    User,
    UserAndChat,
    Connection,
}

/// <summary>One row of the table: a token bucket for each of its keys.</summary>
/// <param name="Limit">Which it is.</param>
/// <param name="Name">Its name in metrics, in the <c>RateLimit</c> headers, and in the cluster's store.</param>
/// <param name="Per">Whom it counts.</param>
/// <param name="Rate">Tokens per second that come back.</param>
/// <param name="Burst">Tokens that a bucket holds.</param>
internal sealed record RateLimitRow(
    RateLimit Limit,
    string Name,
    RateLimitKey Per,
    Func<RateLimitOptions, int> Rate,
    Func<RateLimitOptions, int> Burst
)
{
    /// <summary>Whether it holds over all gateways together. A connection is on one.</summary>
    public bool Shared => Per != RateLimitKey.Connection;
}

/* The order is the one in which a request meets them: first what costs nothing to know. While the gateways cannot agree, each shared row
 * holds for each gateway with its share of the rate and the burst; see BucketReports. */
internal static class RateLimitTable
{
    public static IReadOnlyList<RateLimitRow> Rows { get; } =
    [
        // Negotiations, and openings without one, before it is looked at who it is.
        new(RateLimit.Connects, "connects", RateLimitKey.Address, o => o.ConnectsPerSecond, o => o.ConnectsAtOnce),
        // Registrations, logins, refreshes.
        new(RateLimit.SignIns, "sign_ins", RateLimitKey.Address, o => o.SignInsPerSecond, o => o.SignInsAtOnce),
        // Requests that come without a good token, those above among them.
        new(RateLimit.Strangers, "strangers", RateLimitKey.Address, o => o.StrangersPerSecond, o => o.StrangersAtOnce),
        // By REST and by the hub together, but for sends.
        new(RateLimit.Requests, "requests", RateLimitKey.User, o => o.RequestsPerSecond, o => o.RequestsAtOnce),
        new(RateLimit.Sends, "sends", RateLimitKey.User, o => o.SendsPerSecond, o => o.SendsAtOnce),
        new(RateLimit.ChatSends, "chat_sends", RateLimitKey.UserAndChat, o => o.ChatSendsPerSecond, o => o.ChatSendsAtOnce),
        // Whatever is called, also what wants no answer.
        new(RateLimit.Calls, "calls", RateLimitKey.Connection, o => o.CallsPerSecond, o => o.CallsAtOnce),
    ];

    public static RateLimitRow Row(RateLimit limit) => Rows[(int)limit];
}
