using Orleans.Chat.Gateway.Requests;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Http;

/// <summary>Chats, channels, joining, and what a member sets for itself.</summary>
internal static class ChatEndpoints
{
    public static void MapChats(this RouteGroupBuilder api)
    {
        var chats = api.MapGroup("/chats").WithTags("Chats");
        chats.MapCollection();
        chats.MapOne();
        chats.MapMembers();
        api.MapGet(
                "/channels",
                (HttpContext http, ChatRequests requests) =>
                {
                    var query = new Query(http);
                    return requests
                        .ChannelsAsync(http.Caller(), query.Errors, query.Value("query"), query.Value("cursor"), query.Int("limit"))
                        .AnswerAsync();
                }
            )
            .WithTags("Chats")
            .Gives<ChatsPage>()
            .Queries("query", "cursor", "limit")
            .WithSummary("Public chats by the beginning of a word of their name, largest first.");
    }

    private static void MapCollection(this RouteGroupBuilder chats)
    {
        chats
            .MapPost(
                "",
                (HttpContext http, ChatRequests requests) =>
                    http.BodyAsync<CreateChat>(async body =>
                    {
                        var status = StatusCodes.Status201Created;
                        var created = await requests.CreateAsync(http.Caller(), body);
                        if (created.Value is { Created: false })
                            status = StatusCodes.Status200OK;
                        Outcome<ChatView> chat = created.Problem is { } problem ? problem : created.Value!.Chat;
                        return await Task.FromResult(chat).AnswerAsync(_ => status);
                    })
            )
            .Takes<CreateChat>()
            .Gives<ChatView>(StatusCodes.Status201Created)
            .Gives<ChatView>()
            .WithSummary("Creates a chat; a direct chat that is there already is answered with 200.");
        chats
            .MapGet(
                "",
                (HttpContext http, ChatRequests requests) =>
                {
                    var query = new Query(http);
                    return requests.ListAsync(http.Caller(), query.Errors, query.Value("cursor"), query.Int("limit")).AnswerAsync();
                }
            )
            .Gives<ChatsPage>()
            .Queries("cursor", "limit")
            .WithSummary("The caller's chats, newest activity first.");
    }

    private static void MapOne(this RouteGroupBuilder chats)
    {
        chats
            .MapGet(
                "/{chat_id}",
                (HttpContext http, ChatRequests requests) => requests.GetAsync(http.Caller(), http.Id("chat_id")).AnswerAsync()
            )
            .Gives<ChatView>()
            .WithSummary("One chat as the caller sees it.");
        chats
            .MapPatch(
                "/{chat_id}",
                (HttpContext http, ChatRequests requests) =>
                    http.BodyAsync<UpdateChat>(body => requests.UpdateAsync(http.Caller(), http.Id("chat_id"), body).AnswerAsync())
            )
            .Takes<UpdateChat>()
            .Gives<ChatView>()
            .WithSummary("Changes name, metadata or settings; what is absent stays.");
        chats
            .MapDelete(
                "/{chat_id}",
                (HttpContext http, ChatRequests requests) => requests.DeleteAsync(http.Caller(), http.Id("chat_id")).NoContentAsync()
            )
            .GivesNothing()
            .WithSummary("Deletes a chat for everybody; its id stays taken.");
        chats
            .MapPost(
                "/{chat_id}/join",
                (HttpContext http, ChatRequests requests) => requests.JoinAsync(http.Caller(), http.Id("chat_id")).AnswerAsync()
            )
            .Gives<ChatView>()
            .WithSummary("Joins a public chat.");
        chats
            .MapPut(
                "/{chat_id}/preferences",
                (HttpContext http, ChatRequests requests) =>
                    http.BodyAsync<Preferences>(body => requests.SetPreferencesAsync(http.Caller(), http.Id("chat_id"), body).AnswerAsync())
            )
            .Takes<Preferences>()
            .Gives<Preferences>()
            .WithSummary("What is the caller's alone of a chat, on all its devices.");
    }

    private static void MapMembers(this RouteGroupBuilder chats)
    {
        chats
            .MapGet(
                "/{chat_id}/members",
                (HttpContext http, ChatRequests requests) =>
                {
                    var query = new Query(http);
                    return requests
                        .MembersAsync(http.Caller(), query.Errors, http.Id("chat_id"), query.Value("cursor"), query.Int("limit"))
                        .AnswerAsync();
                }
            )
            .Gives<MembersPage>()
            .Queries("cursor", "limit")
            .WithSummary("The members and their cursors.");
        chats
            .MapPut(
                "/{chat_id}/members/{user_id}",
                (HttpContext http, ChatRequests requests) =>
                    http.BodyAsync(
                        body => requests.SetMemberAsync(http.Caller(), http.Id("chat_id"), http.Id("user_id"), body).AnswerAsync(),
                        absent: new SetMember()
                    )
            )
            .Takes<SetMember>()
            .Gives<Member>()
            .WithSummary("Adds a member, or changes its role.");
        chats
            .MapDelete(
                "/{chat_id}/members/{user_id}",
                (HttpContext http, ChatRequests requests) =>
                    requests.RemoveMemberAsync(http.Caller(), http.Id("chat_id"), http.Id("user_id")).NoContentAsync()
            )
            .GivesNothing()
            .WithSummary("Removes a member, or leaves.");
    }
}
