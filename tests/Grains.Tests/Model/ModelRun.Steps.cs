using System.Globalization;
using System.Text.Json;
using Orleans.Chat.Grains.Interfaces.Chats;
using Orleans.Chat.Grains.Tests.Chats;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Grains.Tests.Model;

/* What each verb does, to the chat and then to the model. */
internal sealed partial class ModelRun
{
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(700);

    private async Task<(string Told, string Expected)> TakeAsync(Step step)
    {
        switch (step.Verb)
        {
            case "batch":
                return await BatchAsync(step.Words[1..]);
            case "rest":
                await RestAsync();
                return (ChatModel.Ok, ChatModel.Ok);
            case "wait":
                // Long enough for cursors to be written by themselves.
                _cluster.Clock.Advance(Gathering);
                return (ChatModel.Ok, ChatModel.Ok);
            case "block" or "unblock":
                if (step.Words[1] != step.Words[2])
                    await BlockAsync(step.Words[1], step.Words[2], step.Verb == "block");
                return (ChatModel.Ok, ChatModel.Ok);
            case "follow":
                return await FollowAsync(step.User, Number(step.Words[2]));
            case "send" or "edit" or "delete" or "hide" or "react" or "unreact":
                return await ToMessageAsync(step, step.User, _names.Id(step.User), step.Words[2]);
            case "page" or "message" or "changes":
                return await ReadAsync(step, step.User, _names.Id(step.User));
            default:
                return await ToChatAsync(step, step.User, _names.Id(step.User));
        }
    }

    private async Task<(string, string)> ToMessageAsync(Step step, string user, string caller, string target)
    {
        var id = await MessageIdAsync(target);
        switch (step.Verb)
        {
            case "send":
                var body = BodyOf(step.Words[3], step.Words.Length > 4 ? step.Words[4][1..] : null);
                var sent = await SettledAsync(async () => (await Grain.Send(caller, [MessageOf(id, body)]))[0]);
                return (Sent(sent), _model.Send(user, target, body));
            case "edit":
                var now = BodyOf(step.Words[3], null);
                var metadata = now.Mention is null ? null : MetadataOf(now);
                return (
                    await AnswerAsync(() => Grain.Edit(caller, id, now.Content, metadata), _names.Line),
                    _model.Edit(user, target, now)
                );
            case "delete":
                return (await DoneAsync(() => Grain.DeleteMessage(caller, id)), _model.DeleteMessage(user, target));
            case "hide":
                return (await DoneAsync(() => Grain.HideMessage(caller, id)), _model.Hide(user, target));
            default:
                var (emoji, removed) = (step.Words[3], step.Verb == "unreact");
                return (await DoneAsync(() => Grain.React(caller, id, emoji, removed)), _model.React(user, target, emoji, removed));
        }
    }

    private async Task<(string, string)> ToChatAsync(Step step, string user, string caller)
    {
        var other = step.Words.Length > 2 && Life.Users.Contains(step.Words[2]) ? step.Words[2] : user;
        switch (step.Verb)
        {
            case "add" or "role":
                var role = step.Words.Length > 3 ? step.Words[3] : null;
                return (
                    await AnswerAsync(() => Grain.SetMember(caller, _names.Id(other), role), _names.Line),
                    _model.SetMember(user, other, role)
                );
            case "remove":
                return (await DoneAsync(() => Grain.RemoveMember(caller, _names.Id(other))), _model.Remove(user, other));
            case "join":
                return (await AnswerAsync(() => Grain.Join(caller), _names.Line), _model.Join(user));
            case "name":
                return await UpdateAsync(user, new UpdateChat { Name = step.Words[2] });
            case "set":
                return await UpdateAsync(user, new UpdateChat { Settings = SettingsOf(step.Words[2]) });
            case "ack":
                var (delivered, read) = (Number(step.Words[2]), Number(step.Words[3]));
                var cursor = (
                    await SettledAsync(async () => new Outcome<Cursor> { Value = await Grain.Acknowledge(caller, delivered, read) })
                ).Value;
                return (
                    cursor is null ? "none" : $"delivered {cursor.DeliveredSeq} read {cursor.ReadSeq}",
                    _model.Acknowledge(user, delivered, read)
                );
            case "drop":
                return (await DoneAsync(() => Grain.DeleteChat(caller)), _model.DeleteChat(user));
            default:
                throw new ArgumentException($"There is no step {step}.", nameof(step));
        }
    }

    private async Task<(string, string)> UpdateAsync(string user, UpdateChat change)
    {
        var settings = change.Settings;
        var told = await AnswerAsync(() => Grain.Update(_names.Id(user), change), _names.Line);
        // What a member holds under the other rule of who sees what is not what it may see now; it fetches the chat.
        if (settings?.History is not null)
        {
            foreach (var name in Life.Users)
                _replicas[name] = new Replica(_cluster, _chat, _names.Id(name));
        }
        return (told, _model.Update(user, change.Name, settings?.WhoCanPost, settings?.History, settings?.Visibility));
    }

    private async Task<(string, string)> ReadAsync(Step step, string user, string caller)
    {
        switch (step.Verb)
        {
            case "page":
                var (where, target, limit) = (step.Words[2], step.Words[3], (int)Number(step.Words[4]));
                var (id, type) = (await MessageIdAsync(target), step.Words[5] == "all" ? null : step.Words[5]);
                var query = new PageQuery { Limit = limit, Type = type };
                query = where switch
                {
                    "before" => query with { Before = id },
                    "after" => query with { After = id },
                    "around" => query with { Around = id },
                    _ => query,
                };
                return (await AnswerAsync(() => Grain.Page(caller, query), Lines), _model.Page(user, where, target, limit, type));
            case "message":
                var message = await MessageIdAsync(step.Words[2]);
                return (await AnswerAsync(() => Grain.GetMessage(caller, message), _names.Line), _model.Message(user, step.Words[2]));
            default:
                var (after, most) = (Math.Max(0, Number(step.Words[2])), (int)Number(step.Words[3]));
                return (await AnswerAsync(() => Grain.GetChanges(caller, after, most), Lines), _model.Changes(user, after, most));
        }
    }

    /// <summary>
    /// Several send at once, each some messages, and some are edited meanwhile. What was done has its place in the order of revisions: in this order the
    /// model does it too, each sender's in the order of its sending. What was refused is refused before all of it, or after.
    /// </summary>
    private async Task<(string, string)> BatchAsync(string[] parts)
    {
        var sends = parts.Where(p => p.Contains(':', StringComparison.Ordinal)).Select(p => p.Split(':', ',')).ToArray();
        var edits = parts.Select(p => p.Split('=')).Where(p => p.Length == 2 && !sends.Any(s => s.AsSpan(1).Contains(p[1])));
        var answers = await Task.WhenAll([
            .. sends.Select(s => SendAllAsync(s[0], s.AsSpan(1).ToArray())),
            .. edits.Select(e => EditAsync(e[0], e[1])),
        ]);
        foreach (var ofOne in answers)
            ofOne.Where(a => a.Revision > 0).Select(a => a.Revision).ShouldBeInOrder();
        var all = answers.SelectMany(a => a).OrderBy(a => a.Revision == 0 ? long.MaxValue : a.Revision).ToArray();
        return (string.Join('\n', all.Select(a => a.Told)), string.Join('\n', all.Select(a => a.Expected())));
    }

    private async Task<Answer[]> SendAllAsync(string user, string[] ids)
    {
        var body = BodyOf("a", null);
        var messages = ids.Select(id => MessageOf(_names.Id(id), body)).ToArray();
        var before = ids.Select(id => _model.Answered(user, id, body)).ToArray();
        var sending = await SettledAsync(async () =>
        {
            var all = await Grain.Send(_names.Id(user), messages);
            return all.FirstOrDefault(o => o.Problem is { Retry: true }) is { Problem: { } again }
                ? again
                : (Outcome<Outcome<SentMessage>[]>)all;
        });
        return
        [
            .. sending.Value!.Select(
                (outcome, i) =>
                    new Answer(
                        outcome.Value is { Repeated: false } sent ? sent.Revision : 0,
                        $"{user}:{ids[i]} {Sent(outcome)}",
                        () => $"{user}:{ids[i]} {(before[i] == Sent(outcome) ? before[i] : _model.Send(user, ids[i], body))}"
                    )
            ),
        ];
    }

    private async Task<Answer[]> EditAsync(string user, string id)
    {
        const string Done = "edited";
        var outcome = await SettledAsync(() => Grain.Edit(_names.Id(user), _names.Id(id), "b", null));
        return
        [
            new Answer(
                outcome.Value?.Revision ?? 0,
                $"{user}={id} {outcome.Problem?.Code ?? Done}",
                () => $"{user}={id} {Brief(_model.Edit(user, id, new Body("b")))}"
            ),
        ];

        // A line that tells the message, whose status may be that of another moment, or the code of a problem.
        static string Brief(string answer) => answer.Contains(' ', StringComparison.Ordinal) ? Done : answer;
    }

    private static string Sent(Outcome<SentMessage> outcome) =>
        outcome.Problem is { } problem
            ? problem.Code
            : $"seq {outcome.Value!.Seq} revision {outcome.Value.Revision}{(outcome.Value.Repeated ? " again" : "")}";

    private static Body BodyOf(string word, string? about) =>
        word switch
        {
            "empty" => new Body("", null, about),
            _ when word[0] == '@' => new Body("hi", word[1..], about),
            _ => new Body(word, null, about),
        };

    private NewMessage MessageOf(string id, Body body) =>
        new()
        {
            MessageId = id,
            Content = body.Content,
            Type = MessageTypes.Text,
            Metadata = MetadataOf(body),
            Mentions = body.Mention is null ? null : [_names.Id(body.Mention)],
            ReplyTo = body.About is null ? null : _names.Id(body.About),
        };

    private MetadataJson? MetadataOf(Body body)
    {
        var metadata = new Dictionary<string, object>(StringComparer.Ordinal);
        if (body.Mention is not null)
            metadata.Add("mentions", new[] { _names.Id(body.Mention) });
        if (body.About is not null)
            metadata.Add("reply_to", _names.Id(body.About));
        return metadata.Count == 0 ? null : new MetadataJson(JsonSerializer.Serialize(metadata, ProtocolJson.Options));
    }

    private static ChatSettings SettingsOf(string word) =>
        word.Split('=') switch
        {
            ["post", var post] => new ChatSettings { WhoCanPost = post },
            ["history", var history] => new ChatSettings { History = history },
            ["visibility", var visibility] => new ChatSettings { Visibility = visibility },
            _ => throw new ArgumentException($"There is no setting {word}.", nameof(word)),
        };

    private static long Number(string word) => long.Parse(word, CultureInfo.InvariantCulture);

    /// <summary>What one call of a batch was answered, and what the model answers when its turn comes.</summary>
    /// <param name="Revision">Its place; 0 when it has none.</param>
    private sealed record Answer(long Revision, string Told, Func<string> Expected);
}
