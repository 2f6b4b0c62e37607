using Orleans.Chat.Gateway.Requests;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Http;

/// <summary>The directory of users, one's own profile, blocks, and presence.</summary>
internal static class UserEndpoints
{
    public static void MapUsers(this RouteGroupBuilder api)
    {
        var users = api.MapGroup("/users").WithTags("Users");
        users
            .MapGet(
                "",
                (HttpContext http, UserRequests requests) =>
                {
                    var query = new Query(http);
                    return requests.SearchAsync(query.Errors, query.Value("query"), query.Int("limit")).AnswerAsync();
                }
            )
            .Gives<UserList>()
            .Queries("query", "limit")
            .WithSummary("Users by the beginning of their id or name.");
        users
            .MapGet("/{user_id}", (HttpContext http, UserRequests requests) => requests.GetAsync(http.Id("user_id")).AnswerAsync())
            .Gives<User>()
            .WithSummary("One user.");
        users
            .MapGet(
                "/{user_id}/presence",
                (HttpContext http, UserRequests requests) => requests.PresenceAsync(http.Caller(), http.Id("user_id")).AnswerAsync()
            )
            .Gives<UserPresence>()
            .WithSummary("Whether a user is there.");
        users.MapMe();
        users.MapBlocks();
    }

    private static void MapMe(this RouteGroupBuilder users)
    {
        users
            .MapGet("/me", (HttpContext http, UserRequests requests) => requests.MeAsync(http.Caller()).AnswerAsync())
            .Gives<User>()
            .WithSummary("The caller, with its privacy.");
        users
            .MapPatch(
                "/me",
                (HttpContext http, UserRequests requests) =>
                    http.BodyAsync<UpdateUser>(body => requests.UpdateAsync(http.Caller(), body).AnswerAsync())
            )
            .Takes<UpdateUser>()
            .Gives<User>()
            .WithSummary("Changes one's own profile; what is absent stays.");
        users
            .MapPut(
                "/me",
                (HttpContext http, UserRequests requests) =>
                    http.BodyAsync<UpdateUser>(body => requests.ChooseAsync(http.User, body).AnswerAsync())
            )
            .Takes<UpdateUser>()
            .Gives<User>()
            .WithSummary("Chooses the id of a user of an external identity provider, once.");
    }

    private static void MapBlocks(this RouteGroupBuilder users)
    {
        users
            .MapGet("/me/blocks", (HttpContext http, UserRequests requests) => requests.BlocksAsync(http.Caller()).AnswerAsync())
            .Gives<BlockList>()
            .WithSummary("Whom the caller blocks.");
        users
            .MapPut(
                "/me/blocks/{user_id}",
                (HttpContext http, UserRequests requests) =>
                    requests.BlockAsync(http.Caller(), http.Id("user_id"), blocked: true).NoContentAsync()
            )
            .GivesNothing()
            .WithSummary("Blocks a user; holds from the answer on.");
        users
            .MapDelete(
                "/me/blocks/{user_id}",
                (HttpContext http, UserRequests requests) =>
                    requests.BlockAsync(http.Caller(), http.Id("user_id"), blocked: false).NoContentAsync()
            )
            .GivesNothing()
            .WithSummary("Takes a block back.");
    }
}
