using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Orleans.Chat.Gateway.Requests;
using Orleans.Chat.Grains.Interfaces;

namespace Orleans.Chat.Gateway.Auth;

/* An access token cannot be taken back; so every gateway keeps the sessions that were revoked for as long as their tokens may live, and asks
 * the cluster for new ones every two seconds. While no silo can be reached the list is old: but then no request gets an answer either. */
internal sealed partial class Revocations(ChatCalls calls, IOptions<AuthOptions> options, TimeProvider time, ILogger<Revocations> logger)
    : BackgroundService,
        ISessionEndings
{
    // More than an access token lives; what an external provider's longer ones prove is looked up again within this time.
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(30);
    private readonly ConcurrentDictionary<(string User, string Session), long> _ended = new();
    private long _cursor;
    private bool _failing;

    public event Action<string, string>? SessionEnded;

    public bool HasEnded(string userId, string sessionId) => _ended.ContainsKey((userId, sessionId));

    public void End(string userId, string sessionId)
    {
        if (!_ended.TryAdd((userId, sessionId), time.GetTimestamp()))
            return;
        try
        {
            SessionEnded?.Invoke(userId, sessionId);
        }
        catch (Exception fault)
        {
            Log.HandlerFailed(logger, fault.GetType().Name);
        }
    }

    /// <summary>One question to the cluster.</summary>
    internal async Task PollAsync()
    {
        var revoked = await calls.Grains.Directory().Revoked(_cursor);
        foreach (var session in revoked.Sessions)
            End(session.UserId, session.SessionId);
        _cursor = revoked.Cursor;
        foreach (var (session, at) in _ended)
        {
            if (time.GetElapsedTime(at) > Kept)
                _ended.TryRemove(session, out _);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(options.Value.RevocationPollSeconds), time);
        do
        {
            try
            {
                await PollAsync();
                _failing = false;
            }
            catch (Exception fault)
            {
                // Said once an outage: a line every two seconds hides what else happens.
                if (!_failing)
                    Log.PollFailed(logger, fault.GetType().Name);
                _failing = true;
            }
        } while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Revoked sessions could not be asked for ({Fault}); trying again")]
        public static partial void PollFailed(ILogger logger, string fault);

        [LoggerMessage(2, LogLevel.Error, "A handler of ended sessions failed ({Fault})")]
        public static partial void HandlerFailed(ILogger logger, string fault);
    }
}
