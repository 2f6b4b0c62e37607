using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Orleans.Chat.Gateway.Http;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Auth;

/* REST takes a token from the header only: a query ends in logs, histories and referrers. The hub takes it from the query too, but only where a
 * browser cannot set a header, opening a WebSocket or server-sent events; or a ticket in its place. What was wrong with it is kept for the
 * challenge; a token is never logged. */
internal sealed class ChatAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> schemes,
    ILoggerFactory loggers,
    UrlEncoder encoder,
    Identities identities,
    HubTickets tickets,
    IOptions<AuthOptions> options
) : AuthenticationHandler<AuthenticationSchemeOptions>(schemes, loggers, encoder)
{
    private const string Prefix = "Bearer ";
    private Problem? _problem;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var hub = Request.IsForHub();
        if (Header() is { } header)
            return await ShownAsync(header, hub && HubTickets.LooksLikeTicket(header));
        if (!hub)
            return AuthenticateResult.NoResult();
        if (Query("ticket") is { } ticket)
            return await ShownAsync(ticket, isTicket: true);
        return Request.OpensForGood() && Query("access_token") is { } token
            ? await ShownAsync(token, HubTickets.LooksLikeTicket(token))
            : AuthenticateResult.NoResult();
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        var problem = _problem ?? Problem.Of(ProblemCodes.Unauthenticated, "Sign in first.");
        if (problem.Status == StatusCodes.Status401Unauthorized)
            Response.Headers.WWWAuthenticate = _problem is null ? "Bearer" : "Bearer error=\"invalid_token\"";
        return ProblemJson.WriteAsync(Context, problem);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        ProblemJson.WriteAsync(Context, Problem.Forbidden("This is not yours to do."));

    private async Task<AuthenticateResult> ShownAsync(string token, bool isTicket)
    {
        var identity = isTicket ? await TicketAsync(token) : await TokenAsync(token);
        if (identity.Problem is { } problem)
        {
            _problem = problem;
            return AuthenticateResult.Fail(problem.Code);
        }
        return AuthenticateResult.Success(new AuthenticationTicket(identity.Value!.ToPrincipal(), Scheme.Name));
    }

    private Task<Outcome<Identity>> TicketAsync(string ticket) => tickets.UseAsync(ticket, Request.Negotiates(), Query("id"));

    private async Task<Outcome<Identity>> TokenAsync(string token)
    {
        var own = options.Value.Authority is { Length: > 0 } ? null : options.Value.Issuer;
        try
        {
            return await identities.FromTokenAsync(token, own, Context.RequestAborted);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            // The issuer cannot be asked: that is no word about the token.
            return Requests.Faults.ToProblem(fault) ?? Requests.Faults.Unavailable;
        }
    }

    private string? Header() =>
        Request.Headers.Authorization is [{ } header] && header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)
            ? header[Prefix.Length..].Trim()
            : null;

    private string? Query(string name) => Request.Query[name] is [{ Length: > 0 } value] ? value : null;
}
