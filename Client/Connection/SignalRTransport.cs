using System.Net;
using System.Net.WebSockets;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Chat.Client.Accounts;
using Orleans.Chat.Client.Http;
using Orleans.Chat.Protocol;
using Orleans.Chat.Protocol.MessagePack;

namespace Orleans.Chat.Client.Connection;

/* SignalR's own reconnecting is not used: it gives up, its waits have no jitter, and a connection that came back is a new one to
 * the server anyway, which says hello again. So a connection here lives once. */
internal sealed class SignalRTransport : IChatTransport
{
    private readonly HubConnection _connection;
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public SignalRTransport(ChatClientOptions options, AccessTokens tokens)
    {
        var builder = new HubConnectionBuilder().WithUrl(
            new Uri(options.Server, "hubs/chat"),
            options.Transports,
            http =>
            {
                http.AccessTokenProvider = async () => await tokens.GetAsync(CancellationToken.None);
                http.SkipNegotiation = options.Transports == HttpTransportType.WebSockets;
                http.HttpMessageHandlerFactory = inner => new ConnectRefusals(options.HttpHandler?.Invoke() ?? inner);
                // A browser tells nothing of a WebSocket that was refused.
                if (http.SkipNegotiation && !OperatingSystem.IsBrowser())
                    http.WebSocketFactory = (context, ct) => ConnectRefusals.OpenAsync(context.Uri, tokens, ct);
            }
        );
        if (options.Logging is { } logging)
            builder.Services.AddSingleton(logging);
        AddFormat(builder, options.Format);
        _connection = builder.Build();
        _connection.Closed += _ =>
        {
            _closed.TrySetResult();
            return Task.CompletedTask;
        };
    }

    public Task Closed => _closed.Task;

    public async Task StartAsync(Action<JsonElement> onEvents, CancellationToken cancellationToken)
    {
        _connection.On("Events", onEvents);
        try
        {
            await _connection.StartAsync(cancellationToken);
        }
        catch (Exception e) when (IsUnauthorized(e))
        {
            throw new ChatProblemException(Problem.Of(ProblemCodes.Unauthenticated, "The hub refused the token."));
        }
        catch (Exception e) when (e is not ChatProblemException && ConnectRefusals.Find(e) is { } refusal)
        {
            // SignalR puts it into an exception of its own.
            throw new ChatProblemException(refusal.Problem, refusal.Status);
        }
        catch (Exception e) when (IsFault(e, cancellationToken))
        {
            throw new ChatDisconnectedException("The hub was not reached: " + e.Message, inFlight: false, e);
        }
    }

    public async Task<T> InvokeAsync<T>(string method, object? argument, CancellationToken cancellationToken)
    {
        EnsureConnected();
        try
        {
            return argument is null
                ? await _connection.InvokeAsync<T>(method, cancellationToken)
                : await _connection.InvokeAsync<T>(method, argument, cancellationToken);
        }
        catch (HubException e) when (!IsClose(e))
        {
            throw ProblemReader.FromHub(e.Message);
        }
        catch (Exception e) when (IsFault(e, cancellationToken))
        {
            throw new ChatDisconnectedException($"The connection broke during {method}.", inFlight: true, e);
        }
    }

    public async Task SendAsync(string method, object? argument, CancellationToken cancellationToken)
    {
        EnsureConnected();
        try
        {
            await _connection.SendAsync(method, argument, cancellationToken);
        }
        catch (Exception e) when (IsFault(e, cancellationToken))
        {
            throw new ChatDisconnectedException($"The connection broke during {method}.", inFlight: true, e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        _closed.TrySetResult();
    }

    private static void AddFormat(IHubConnectionBuilder builder, HubFormat format)
    {
        if (format == HubFormat.MessagePack)
            builder.AddChatMessagePackProtocol();
        else
            builder.AddJsonProtocol(json => ProtocolJson.Configure(json.PayloadSerializerOptions));
    }

    // A problem on the way to a token is told as it is; all else that a library of the transport throws is a broken connection.
    private static bool IsFault(Exception exception, CancellationToken cancellationToken) =>
        exception is not (ChatProblemException or ChatDisconnectedException) && !cancellationToken.IsCancellationRequested;

    // A server that closes the connection for a fault, an oversized message for one, fails what is under way with that fault's words.
    private static bool IsClose(HubException exception) =>
        exception.Message.StartsWith("The server closed the connection", StringComparison.Ordinal);

    // Without negotiation the status of a refused WebSocket is in the exception's words only.
    private static bool IsUnauthorized(Exception exception) =>
        exception is HttpRequestException { StatusCode: HttpStatusCode.Unauthorized }
        || (exception is WebSocketException && exception.Message.Contains("'401'", StringComparison.Ordinal))
        || (exception.InnerException is { } inner && IsUnauthorized(inner))
        || (exception is AggregateException many && many.InnerExceptions.Any(IsUnauthorized));

    private void EnsureConnected()
    {
        if (_connection.State != HubConnectionState.Connected)
            throw new ChatDisconnectedException("There is no connection.", inFlight: false);
    }
}
