using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Options;
using Orleans.Chat.Gateway.Requests;
using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Auth;

/* A connection ticket opens one hub connection. That may take several requests (negotiation, then a transport, then each poll), which all show
 * it: the first redeems it with the account, wherever it was made, and this gateway remembers it for that one connection. */
internal sealed class HubTickets(ChatCalls calls, ISessionEndings endings, IOptions<AuthOptions> options, TimeProvider time)
{
    private const int MaxLength = 200;
    private const int MaxKept = 100_000;
    private static readonly TimeSpan Unopened = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(5);
    private readonly ConcurrentDictionary<string, Redeemed> _redeemed = new(StringComparer.Ordinal);

    private static Problem BadTicket { get; } = Problem.Of(ProblemCodes.Unauthenticated, "The ticket is not valid, or was used.");

    /// <summary>A ticket is an opaque text of two parts; a JWT has three.</summary>
    public static bool LooksLikeTicket(string token) => token.Length <= MaxLength && token.Count(c => c == '.') == 1;

    /// <param name="ticket">What the client shows.</param>
    /// <param name="negotiating">The request only agrees on a transport.</param>
    /// <param name="connection">The connection's <c>id</c> in the query; null for one without negotiation.</param>
    public async Task<Outcome<Identity>> UseAsync(string ticket, bool negotiating, string? connection)
    {
        Sweep();
        if (_redeemed.TryGetValue(ticket, out var known))
            return !negotiating && connection is not null && known.Bind(connection, time) ? Live(known.Identity) : BadTicket;
        if (UserOf(ticket) is not { } user)
            return BadTicket;
        var session = await calls.AskAsync(g => g.Account(user).RedeemTicket(ticket));
        if (session.Problem is { } problem)
            return problem.Code is ProblemCodes.Unauthenticated ? BadTicket : problem;
        var expires = time.GetUtcNow() + TimeSpan.FromSeconds(options.Value.TicketConnectionSeconds);
        var redeemed = new Redeemed(new Identity(new Caller(user, session.Value!), expires), time.GetTimestamp());
        if (!negotiating)
            redeemed.Bind(connection ?? "", time);
        _redeemed[ticket] = redeemed;
        return Live(redeemed.Identity);
    }

    private static string? UserOf(string ticket)
    {
        var end = ticket.IndexOf('.', StringComparison.Ordinal);
        if (end <= 0 || ticket.Length > MaxLength || !Base64Url.IsValid(ticket.AsSpan(0, end)))
            return null;
        var user = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(ticket.AsSpan(0, end)));
        return Ids.IsValid(user) ? user : null;
    }

    private Outcome<Identity> Live(Identity identity) =>
        endings.HasEnded(identity.Caller.UserId, identity.Caller.SessionId) ? BadTicket : identity;

    private void Sweep()
    {
        if (_redeemed.Count > MaxKept)
            _redeemed.Clear();
        foreach (var (ticket, redeemed) in _redeemed)
        {
            if (redeemed.IsOver(time, Unopened, Idle))
                _redeemed.TryRemove(ticket, out _);
        }
    }

    private sealed class Redeemed(Identity identity, long at)
    {
        private readonly Lock _lock = new();
        private string? _connection;
        private long _used = at;

        public Identity Identity => identity;

        public bool Bind(string connection, TimeProvider time)
        {
            lock (_lock)
            {
                if (_connection is not null && (_connection != connection || connection.Length == 0))
                    return false;
                (_connection, _used) = (connection, time.GetTimestamp());
                return true;
            }
        }

        public bool IsOver(TimeProvider time, TimeSpan unopened, TimeSpan idle)
        {
            lock (_lock)
                return time.GetElapsedTime(_used) > (_connection is null ? unopened : idle);
        }
    }
}
