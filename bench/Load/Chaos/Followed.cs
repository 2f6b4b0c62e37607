using System.Collections.Concurrent;
using System.Text.Json;

namespace Orleans.Chat.Load.Chaos;

/* What the contract asks of a client, and no more: it applies the next revision, drops what it has, and asks for the changes when one is missing, when it is
 * told of a gap and when it has connected anew. The device's one loop calls, event by event; others read where it stands. */

/// <summary>The chats that a device follows, and where it stands in each.</summary>
internal sealed class Followed(ChatApi api, History history, string device, string user)
{
    private readonly ConcurrentDictionary<string, Place> _places = new(StringComparer.Ordinal);

    /// <summary>How far it had come in each chat that it left: what is not newer comes late, and was seen.</summary>
    private readonly Dictionary<string, long> _left = new(StringComparer.Ordinal);

    /// <summary>Writes what it sees of members too: one device of a run does.</summary>
    public bool TellsMembers { get; init; }

    public IReadOnlyDictionary<string, Place> Places => _places;

    /// <summary>After a hello: follows the chats that there are, forgets the others, and asks each for what was missed.</summary>
    public async Task ResumeAsync(CancellationToken cancellationToken)
    {
        var there = new HashSet<string>(StringComparer.Ordinal);
        string? since = null;
        for (var more = true; more; )
        {
            var body = new System.Text.Json.Nodes.JsonObject();
            if (since is not null)
                body["since"] = since;
            var answer = await api.CallAsync(HttpMethod.Post, "sync", body, cancellationToken);
            foreach (var chat in answer.Body.GetProperty("chats").EnumerateArray())
            {
                var id = chat.GetProperty("chat_id").GetString()!;
                there.Add(id);
                if (!_places.ContainsKey(id))
                    Begin(id, chat.GetProperty("revision").GetInt64(), chat.GetProperty("head_seq").GetInt64());
            }
            since = answer.Body.GetProperty("next").GetString();
            more = answer.Body.GetProperty("has_more").GetBoolean();
        }
        foreach (var gone in _places.Keys.Where(id => !there.Contains(id)))
            Leave(gone);
        foreach (var id in there)
            await CatchUpAsync(id, cancellationToken);
    }

    public async Task HandleAsync(JsonElement e, CancellationToken cancellationToken)
    {
        switch (e.GetProperty("type").GetString())
        {
            case "sync.required":
                await ResumeAsync(cancellationToken);
                return;
            case "gap":
                await CatchUpAsync(e.GetProperty("chat_id").GetString()!, cancellationToken);
                return;
            case "receipt":
                history.Write(Cursor(e, "delivered"), Cursor(e, "read"));
                return;
        }
        if (!e.TryGetProperty("revision", out var value) || !e.TryGetProperty("chat_id", out var chat))
            return;
        var (id, revision) = (chat.GetString()!, value.GetInt64());
        if (!_places.TryGetValue(id, out var place) && IsOwn(e, "member.joined") && revision > _left.GetValueOrDefault(id))
            place = _places[id] = new Place { Revision = revision - 1 };
        var next = place?.Revision + 1 == revision;
        Tell(e, id, revision, "push", next);
        if (next)
            Advance(place!, e, id, revision);
        else if (place is not null && revision > place.Revision)
            await CatchUpAsync(id, cancellationToken);
    }

    private async Task CatchUpAsync(string chat, CancellationToken cancellationToken)
    {
        if (!_places.TryGetValue(chat, out var place))
            return;
        history.Write(Line("resume") with { ChatId = chat, Revision = place.Revision });
        for (var more = true; more; )
        {
            var path = FormattableString.Invariant($"chats/{chat}/changes?after_revision={place.Revision}");
            var answer = await api.CallAsync(HttpMethod.Get, path, body: null, cancellationToken);
            if (answer.Status is 403 or 404)
            {
                Leave(chat);
                return;
            }
            if (!answer.Worked)
                throw new InvalidOperationException($"{path} answered {answer.Status} {answer.Code}.");
            foreach (var change in answer.Body.GetProperty("changes").EnumerateArray())
            {
                var revision = change.GetProperty("revision").GetInt64();
                var applied = revision > place.Revision;
                Tell(change, chat, revision, "changes", applied);
                if (applied)
                    Advance(place, change, chat, revision);
            }
            place.Revision = Math.Max(place.Revision, answer.Body.GetProperty("revision").GetInt64());
            history.Write(Line("page") with { ChatId = chat, Revision = place.Revision });
            more = answer.Body.GetProperty("has_more").GetBoolean();
        }
    }

    private void Begin(string chat, long revision, long seq)
    {
        _places[chat] = new Place { Revision = revision, Seq = seq };
        history.Write(Line("resume") with { ChatId = chat, Revision = revision });
    }

    private void Advance(Place place, JsonElement e, string chat, long revision)
    {
        place.Revision = revision;
        if (e.TryGetProperty("message", out var message))
            place.Seq = Math.Max(place.Seq, message.GetProperty("seq").GetInt64());
        if (IsOwn(e, "member.left"))
            Leave(chat);
        else if (IsOwn(e, "member.joined"))
            // Changes that it pulls may tell that it left and came back.
            _places[chat] = place;
    }

    private void Leave(string chat)
    {
        if (_places.TryRemove(chat, out var place))
            _left[chat] = place.Revision;
    }

    private bool IsOwn(JsonElement e, string type) => Member(e, type) == user;

    private static string? Member(JsonElement e, string type) =>
        e.GetProperty("type").GetString() == type ? e.GetProperty("member").GetProperty("user_id").GetString() : null;

    private void Tell(JsonElement e, string chat, long revision, string via, bool applied)
    {
        var line = Line("event") with { ChatId = chat, Revision = revision, Via = via, Applied = applied };
        if (e.TryGetProperty("message", out var message))
        {
            line = line with
            {
                Seq = message.GetProperty("seq").GetInt64(),
                MessageId = message.GetProperty("message_id").GetString(),
                SenderId = message.GetProperty("sender_id").GetString(),
                Kind = Messages.KindOf(e.GetProperty("type").GetString()!, message),
                Hash = Messages.HashOf(message),
                System = Messages.IsSystem(message),
            };
        }
        else
        {
            var member = Member(e, "member.left") ?? Member(e, "member.joined");
            line = line with { Kind = member is null ? "other" : "member", UserId = member };
        }
        history.Write(line);
        if (TellsMembers && applied)
        {
            TellMember(chat, revision, Member(e, "member.left"), "left");
            TellMember(chat, revision, Member(e, "member.joined"), "joined");
        }
    }

    private void TellMember(string chat, long revision, string? member, string change)
    {
        if (member is not null)
            history.Write(
                Line("member") with
                {
                    ChatId = chat,
                    UserId = member,
                    Change = change,
                    Revision = revision,
                    Seq = _places[chat].Seq,
                }
            );
    }

    private HistoryLine Cursor(JsonElement e, string which) =>
        Line("cursor") with
        {
            ChatId = e.GetProperty("chat_id").GetString(),
            UserId = e.GetProperty("user_id").GetString(),
            Which = which,
            Seq = e.GetProperty($"{which}_seq").GetInt64(),
        };

    private HistoryLine Line(string type) => new() { Type = type, Client = device };

    /// <summary>Where the device stands in a chat.</summary>
    internal sealed class Place
    {
        private long _revision;
        private long _seq;

        public long Revision
        {
            get => Volatile.Read(ref _revision);
            set => Volatile.Write(ref _revision, value);
        }

        /// <summary>Of the last message that it has.</summary>
        public long Seq
        {
            get => Volatile.Read(ref _seq);
            set => Volatile.Write(ref _seq, value);
        }
    }
}
