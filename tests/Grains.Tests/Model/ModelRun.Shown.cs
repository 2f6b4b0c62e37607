using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.Grains.Interfaces.Chats;
using Orleans.Chat.Grains.Tests.Chats;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Grains.Tests.Model;

/* All that each user is shown, compared with what the model shows. */
internal sealed partial class ModelRun
{
    private const int PageSize = 3;

    /// <summary>The first thing that somebody is shown and should not be, or the other way round; null when there is none.</summary>
    private async Task<string?> ShownAsync()
    {
        var differences = await Task.WhenAll(Life.Users.Select(ShownToAsync));
        return differences.FirstOrDefault(d => d is not null);
    }

    private async Task<string?> ShownToAsync(string user)
    {
        var caller = _names.Id(user);
        List<(string What, string Told, string Expected)> shown =
        [
            ("the chat", await AnswerAsync(() => Grain.Get(caller), _names.Line), _model.Get(user)),
            (
                "the members",
                await AnswerAsync(() => Grain.Members(caller, null, 10), page => string.Join('\n', page.Members.Select(_names.Line))),
                _model.Members(user)
            ),
            ("the messages", await HistoryAsync(caller), _model.History(user)),
            ("the changes", await ChangesAsync(caller), _model.Changes(user, 0, int.MaxValue)),
            ("its list of chats", await ListedAsync(caller), _model.Summary(user)),
        ];
        foreach (var name in _model.Changed(user))
        {
            var id = await MessageIdAsync(name);
            shown.Add(($"what {name} was", await EditsAsync(caller, id), _model.Edits(user, name)));
        }
        var (what, told, expected) = shown.FirstOrDefault(s => s.Told != s.Expected);
        return what is null ? null : $"{user} is shown as {what}\n{Indented(told)}\nand by the model\n{Indented(expected)}";
    }

    private Task<string> EditsAsync(string caller, string id) =>
        AnswerAsync(() => Grain.GetEdits(caller, id), edits => string.Join('\n', edits.Edits.Select(_names.Line)));

    private async Task<string> HistoryAsync(string caller)
    {
        var all = new List<Message>();
        bool more;
        do
        {
            var query = new PageQuery { Limit = PageSize, Before = all.Count == 0 ? null : all[0].MessageId };
            var page = await SettledAsync(() => Grain.Page(caller, query));
            if (page.Problem is { } problem)
                return problem.Code;
            all.InsertRange(0, page.Value!.Messages);
            more = page.Value.HasMore;
        } while (more);
        return string.Join('\n', all.Select(_names.Line));
    }

    private async Task<string> ChangesAsync(string caller)
    {
        var all = new List<string>();
        long after = 0;
        bool more;
        do
        {
            var page = await SettledAsync(() => Grain.GetChanges(caller, after, PageSize));
            if (page.Problem is { } problem)
                return problem.Code;
            all.AddRange(page.Value!.Changes.Select(_names.Line));
            (after, more) = (page.Value.Revision, page.Value.HasMore);
        } while (more);
        return string.Join('\n', all.Append("no more"));
    }

    private Task<string> ListedAsync(string caller) =>
        AnswerAsync(
            () => _cluster.Client.ChatLists().List(caller, null, 10),
            page => page.Chats is [var chat] ? ModelNames.Summary(chat) : "not listed"
        );

    private string Lines(MessagesPage page) => string.Join('\n', page.Messages.Select(_names.Line).Append(More(page.HasMore)));

    private string Lines(ChangesPage page) => string.Join('\n', page.Changes.Select(_names.Line).Append(More(page.HasMore)));

    private static string More(bool more) => more ? "more" : "no more";

    /// <summary>One user's replica reads what it missed; the others fall behind.</summary>
    private async Task<(string, string)> FollowAsync(string user, long limit)
    {
        if (_model.IsMember(user))
            await FollowAsync(_replicas[user], (int)limit);
        return (ChatModel.Ok, ChatModel.Ok);
    }

    private static Task FollowAsync(Replica replica, int limit) =>
        replica.Revision == 0 ? replica.FetchAsync(limit) : replica.CatchUpAsync(limit);

    /// <summary>Who has followed by changes holds what a fresh fetch shows.</summary>
    private async Task<string?> FollowedAsync()
    {
        foreach (var user in Life.Users.Where(_model.IsMember))
        {
            var replica = _replicas[user];
            await FollowAsync(replica, PageSize);
            foreach (var name in _model.HiddenBy(user))
                replica.Hide(await MessageIdAsync(name));
            var (held, fresh) = (
                string.Join('\n', replica.Held()),
                string.Join('\n', await Replica.FreshAsync(_cluster, _chat, replica.Viewer, PageSize))
            );
            if (held != fresh)
                return $"{user} has followed and holds\n{Indented(held)}\nbut would fetch\n{Indented(fresh)}";
        }
        return null;
    }
}
