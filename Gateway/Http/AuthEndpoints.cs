using Orleans.Chat.Gateway.RateLimits;
using Orleans.Chat.Gateway.Requests;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Http;

/// <summary>Accounts, tokens and sessions.</summary>
internal static class AuthEndpoints
{
    public static void MapAuth(this RouteGroupBuilder api)
    {
        var open = api.MapGroup("/auth").WithTags("Auth").AllowAnonymous().WithMetadata(new LimitedBy(RateLimit.SignIns));
        open.MapPost(
                "/register",
                (HttpContext http, AccountRequests accounts) =>
                    http.BodyAsync<Register>(body => accounts.RegisterAsync(body).AnswerAsync(_ => StatusCodes.Status201Created))
            )
            .Takes<Register>()
            .Gives<Tokens>(StatusCodes.Status201Created)
            .WithSummary("Makes an account and its first session.");
        open.MapPost(
                "/login",
                (HttpContext http, AccountRequests accounts) => http.BodyAsync<Login>(body => accounts.LoginAsync(body).AnswerAsync())
            )
            .Takes<Login>()
            .Gives<Tokens>()
            .WithSummary("Signs in on a new session.");
        open.MapPost(
                "/refresh",
                (HttpContext http, AccountRequests accounts) =>
                    http.BodyAsync<RefreshTokens>(body => accounts.RefreshAsync(body).AnswerAsync())
            )
            .Takes<RefreshTokens>()
            .Gives<Tokens>()
            .WithSummary("Rotates a refresh token; one that comes again revokes its session.");

        var own = api.MapGroup("/auth").WithTags("Auth");
        own.MapPost("/logout", (HttpContext http, AccountRequests accounts) => accounts.LogoutAsync(http.Caller()).NoContentAsync())
            .GivesNothing()
            .WithSummary("Ends this session.");
        own.MapPost("/connection-ticket", (HttpContext http, AccountRequests accounts) => accounts.TicketAsync(http.Caller()).AnswerAsync())
            .Gives<ConnectionTicket>()
            .WithSummary("A ticket that opens one hub connection, once, within 60 s.");
        own.MapGet("/sessions", (HttpContext http, AccountRequests accounts) => accounts.SessionsAsync(http.Caller()).AnswerAsync())
            .Gives<SessionList>()
            .WithSummary("The caller's sessions.");
        own.MapDelete(
                "/sessions/{session_id}",
                (HttpContext http, AccountRequests accounts) => accounts.RevokeAsync(http.Caller(), http.Id("session_id")).NoContentAsync()
            )
            .GivesNothing()
            .WithSummary("Revokes a session: closes its connections and ends its access tokens.");
    }
}
