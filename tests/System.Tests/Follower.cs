using System.Text.Json;
using Orleans.Chat.Support;

namespace Orleans.Chat.SystemTests;

/* What the contract asks of a client, and no more: it applies the next revision, drops what it has, and fetches the changes when it sees a gap, is told of
 * one, or has connected anew. Over REST with raw JSON, so that nothing of the SDK's hides what the server did. */

/// <summary>One chat as one client holds it, over any number of connections.</summary>
internal sealed class Follower(RawClient client, string chat)
{
    private readonly List<string> _contents = [];
    private long _revision;
    private int _fetches;

    /// <summary>The messages that it holds, in the order in which they came.</summary>
    public IReadOnlyList<string> Contents => _contents;

    /// <summary>How often it had to ask for changes.</summary>
    public int Fetches => _fetches;

    /// <summary>What is there now: the first thing after a hello.</summary>
    public async Task CatchUpAsync()
    {
        _fetches++;
        for (var more = true; more; )
        {
            RawAnswer answer = default;
            await Eventually.HoldsAsync(
                "changes are answered",
                TimeSpan.FromSeconds(30),
                async () => (answer = await client.GetAsync($"chats/{chat}/changes?after_revision={_revision}")).Status != 503
            );
            answer.Status.ShouldBe(200, answer.Body.ToString());
            foreach (var change in answer.Body.GetProperty("changes").EnumerateArray())
                Apply(change, fetched: true);
            _revision = Math.Max(_revision, answer.Body.GetProperty("revision").GetInt64());
            more = answer.Body.GetProperty("has_more").GetBoolean();
        }
    }

    /// <summary>Follows a connection from its hello on until so many messages are held.</summary>
    public async Task FollowAsync(RawHub hub, int count, TimeSpan within)
    {
        var read = 0;
        var pushed = 0L;
        while (_contents.Count < count)
        {
            var events = await hub.Events.WaitUntilAsync(e => e.Count > read, within);
            foreach (var e in events.Skip(read))
            {
                if (IsDurable(e, out var revision))
                {
                    revision.ShouldBeGreaterThan(pushed, "On one connection a chat's revisions only rise.");
                    pushed = revision;
                }
                if (!Apply(e))
                    await CatchUpAsync();
            }
            read = events.Count;
        }
    }

    /// <summary>False when something before it is missing.</summary>
    private bool Apply(JsonElement e, bool fetched = false)
    {
        if (EventLog.TypeOf(e) is "sync.required" || (EventLog.TypeOf(e) is "gap" && IsHere(e)))
            return false;
        if (!IsDurable(e, out var revision) || revision <= _revision)
            return true;
        if (!fetched && revision > _revision + 1)
            return false;
        _revision = revision;
        if (EventLog.TypeOf(e) is "message.created")
            _contents.Add(e.GetProperty("message").GetProperty("content").GetString()!);
        return true;
    }

    private bool IsHere(JsonElement e) => e.TryGetProperty("chat_id", out var id) && id.GetString() == chat;

    private bool IsDurable(JsonElement e, out long revision)
    {
        revision = 0;
        return IsHere(e) && e.TryGetProperty("revision", out var value) && value.TryGetInt64(out revision);
    }
}
