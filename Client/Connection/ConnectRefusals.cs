using System.Globalization;
using System.Net;
using System.Net.WebSockets;
using Orleans.Chat.Client.Accounts;
using Orleans.Chat.Client.Http;

namespace Orleans.Chat.Client.Connection;

/* A server that takes no more connections says when to come back, and SignalR's client keeps only the status of what it was answered. So the
 * refusal of a negotiation, or of an opening, is read here and thrown as what it is. */
internal sealed class ConnectRefusals(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    /// <summary>Opens a WebSocket without negotiation.</summary>
    /// <exception cref="ChatProblemException">The server was too busy for it.</exception>
    public static async ValueTask<WebSocket> OpenAsync(Uri address, AccessTokens tokens, CancellationToken cancellationToken)
    {
        var socket = new ClientWebSocket();
        try
        {
            socket.Options.CollectHttpResponseDetails = true;
            socket.Options.SetRequestHeader("Authorization", "Bearer " + await tokens.GetAsync(cancellationToken));
            await socket.ConnectAsync(address, cancellationToken);
            // They are kept for as long as the socket is, otherwise.
            socket.HttpResponseHeaders = null;
            return socket;
        }
        catch (WebSocketException) when (IsRefusal(socket.HttpStatusCode))
        {
            var refusal = ProblemReader.FromHttp((int)socket.HttpStatusCode, "", RetryAfter(socket.HttpResponseHeaders));
            socket.Dispose();
            throw refusal;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The refusal that the connection failed with; null when it was something else.</summary>
    public static ChatProblemException? Find(Exception? fault) =>
        fault switch
        {
            null => null,
            ChatProblemException refusal => refusal,
            AggregateException many => many.InnerExceptions.Select(Find).FirstOrDefault(r => r is not null),
            _ => Find(fault.InnerException),
        };

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var answer = await base.SendAsync(request, cancellationToken);
        if (!IsRefusal(answer.StatusCode) || !Begins(request))
            return answer;
        using (answer)
        {
            var body = await answer.Content.ReadAsStringAsync(cancellationToken);
            throw ProblemReader.FromHttp((int)answer.StatusCode, body, answer.Headers.RetryAfter?.Delta);
        }
    }

    private static bool IsRefusal(HttpStatusCode status) => status is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable;

    private static bool Begins(HttpRequestMessage request) =>
        request.RequestUri?.AbsolutePath.EndsWith("/negotiate", StringComparison.Ordinal) == true
        || request.Headers.Accept.Any(a => a.MediaType == "text/event-stream");

    private static TimeSpan? RetryAfter(IReadOnlyDictionary<string, IEnumerable<string>>? headers) =>
        headers is not null
        && headers.TryGetValue("Retry-After", out var values)
        && int.TryParse(values.FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? TimeSpan.FromSeconds(seconds)
            : null;
}
