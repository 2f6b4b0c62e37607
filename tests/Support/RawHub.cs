using System.Text.Json;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;

namespace Orleans.Chat.Support;

/// <summary>A hub connection whose answers and events are raw JSON. It does not reconnect.</summary>
public sealed class RawHub : IAsyncDisposable
{
    private readonly TaskCompletionSource<Exception?> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public RawHub(
        Uri server,
        Func<string?> token,
        Func<HttpMessageHandler>? handler = null,
        HttpTransportType transports = HttpTransportType.WebSockets | HttpTransportType.ServerSentEvents | HttpTransportType.LongPolling,
        TestAuthority? authority = null
    )
    {
        Connection = new HubConnectionBuilder()
            .WithUrl(
                new Uri(server, "/hubs/chat"),
                // A server inside the test has no socket to open a WebSocket to.
                handler is null
                    ? transports
                    : HttpTransportType.LongPolling,
                http =>
                {
                    http.AccessTokenProvider = () => Task.FromResult(token());
                    if (handler is not null)
                        http.HttpMessageHandlerFactory = _ => handler();
                    if (authority is null)
                        return;
                    http.HttpMessageHandlerFactory = _ => authority.Handler();
                    http.WebSocketConfiguration = socket =>
                        socket.RemoteCertificateValidationCallback = (_, certificate, _, errors) => authority.Issued(certificate, errors);
                }
            )
            .Build();
        Connection.On<JsonElement>("Events", Events.Add);
        Connection.Closed += error =>
        {
            _closed.TrySetResult(error);
            return Task.CompletedTask;
        };
    }

    /// <summary>SignalR's own.</summary>
    public HubConnection Connection { get; }

    /// <summary>All that was pushed.</summary>
    public EventLog Events { get; } = new();

    /// <summary>Ends when the connection did, with the reason if there was one.</summary>
    public Task<Exception?> Closed => _closed.Task;

    public Task StartAsync(CancellationToken cancellationToken = default) => Connection.StartAsync(cancellationToken);

    /// <summary>Calls a method with its one argument and gives the answer as JSON; undefined where there is none.</summary>
    /// <exception cref="HubException">The method refused; <see cref="ProblemOf"/> reads it.</exception>
    public async Task<JsonElement> InvokeAsync(string method, object? argument = null, CancellationToken cancellationToken = default)
    {
        // Not InvokeAsync<JsonElement>: it casts the missing answer of a method that has none.
        var answer = await Connection.InvokeCoreAsync(method, typeof(JsonElement), argument is null ? [] : [argument], cancellationToken);
        return answer is JsonElement json ? json : default;
    }

    /// <summary>Calls a method that is expected to refuse, and gives the problem.</summary>
    /// <exception cref="InvalidOperationException">It did not refuse.</exception>
    public async Task<JsonElement> RefusedAsync(string method, object? argument = null, CancellationToken cancellationToken = default)
    {
        try
        {
            var answer = await InvokeAsync(method, argument, cancellationToken);
            throw new InvalidOperationException($"{method} was not refused: {answer}");
        }
        catch (HubException e)
        {
            return ProblemOf(e);
        }
    }

    /// <summary>The problem in a hub's exception: the object that begins at the first brace.</summary>
    public static JsonElement ProblemOf(HubException exception) =>
        JsonElement.Parse(exception.Message[exception.Message.IndexOf('{', StringComparison.Ordinal)..]);

    public ValueTask DisposeAsync() => Connection.DisposeAsync();
}
