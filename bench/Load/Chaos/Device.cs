using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Orleans.Chat.Load.Population;

namespace Orleans.Chat.Load.Chaos;

/// <summary>A user's device: one connection at a time, to whatever gateway there is, for as long as the run lasts.</summary>
internal sealed class Device : IAsyncDisposable
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan HelloTimeout = TimeSpan.FromSeconds(15);
    private readonly IReadOnlyList<Uri> _servers;
    private readonly History _history;
    private readonly CancellationTokenSource _end = new();
    private readonly Channel<JsonElement> _events = Channel.CreateUnbounded<JsonElement>(
        new UnboundedChannelOptions { SingleReader = true }
    );
    private readonly Task _connecting;
    private readonly Task _following;
    private HubConnection? _hub;
    private TaskCompletionSource _hello = NewSource();
    private int _at;

    public Device(IReadOnlyList<Uri> servers, LoadUser user, History history, bool tellsMembers)
    {
        (_servers, User, _history, _at) = (servers, user, history, user.Number);
        Name = $"device-{user.Number}";
        Api = new ChatApi(servers, user);
        Followed = new Followed(Api, history, Name, user.Id) { TellsMembers = tellsMembers };
        _following = FollowAsync();
        _connecting = StayConnectedAsync();
    }

    public string Name { get; }

    public LoadUser User { get; }

    public ChatApi Api { get; }

    public Followed Followed { get; }

    /// <summary>Whether it has been greeted and has caught up since.</summary>
    public Task Ready => _hello.Task;

    /// <summary>Ends, with its error, when the device can follow no more.</summary>
    public Task Following => _following;

    /// <summary>One try of a send: by the connection where there is one, else by REST.</summary>
    public async Task<CallAnswer> SendAsync(JsonObject message, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _hub) is not { State: HubConnectionState.Connected } hub)
            return await Api.TryAsync(HttpMethod.Post, "messages", message.DeepClone(), cancellationToken);
        try
        {
            var answer = await hub.InvokeCoreAsync("SendMessage", typeof(JsonElement), [message], cancellationToken)
                .WaitAsync(CallTimeout, TimeProvider.System, cancellationToken);
            return new CallAnswer(200, (JsonElement)answer!);
        }
        catch (HubException refused)
        {
            var at = refused.Message.IndexOf('{', StringComparison.Ordinal);
            var problem = at < 0 ? default : JsonElement.Parse(refused.Message[at..]);
            return new CallAnswer(problem.ValueKind == JsonValueKind.Object ? problem.GetProperty("status").GetInt32() : 0, problem);
        }
        catch (TimeoutException)
        {
            // Half dead: a person would reload.
            _ = hub.StopAsync(CancellationToken.None);
            return default;
        }
        catch (Exception e) when (e is InvalidOperationException or IOException or WebSocketException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return default;
        }
    }

    /// <summary>Tells how far it has read; nobody answers.</summary>
    public async Task AcknowledgeAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _hub) is not { State: HubConnectionState.Connected } hub)
            return;
        var marks = Followed.Places.Select(p => new JsonObject
        {
            ["chat_id"] = p.Key,
            ["delivered_seq"] = p.Value.Seq,
            ["read_seq"] = p.Value.Seq,
        });
        try
        {
            await hub.SendCoreAsync("Acknowledge", [new JsonArray([.. marks])], cancellationToken);
        }
        catch (Exception e) when (e is InvalidOperationException or IOException or WebSocketException or OperationCanceledException)
        {
            // The next one says it too.
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _connecting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _events.Writer.TryComplete();
        await _following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Api.Dispose();
        _end.Dispose();
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task StayConnectedAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            var server = _servers[_at++ % _servers.Count];
            var closed = NewSource();
            await using var hub = new HubConnectionBuilder()
                .WithUrl(
                    new Uri(server, "/hubs/chat"),
                    HttpTransportType.WebSockets,
                    http =>
                    {
                        http.SkipNegotiation = true;
                        http.AccessTokenProvider = () => Task.FromResult<string?>(User.Token);
                    }
                )
                .Build();
            hub.On<JsonElement[]>("Events", events => Array.ForEach(events, e => _events.Writer.TryWrite(e)));
            hub.Closed += _ =>
            {
                closed.TrySetResult();
                return Task.CompletedTask;
            };
            if (await ConnectAsync(hub))
            {
                Volatile.Write(ref _hub, hub);
                await Task.WhenAny(closed.Task, Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, _end.Token));
                Volatile.Write(ref _hub, null);
                Volatile.Write(ref _hello, NewSource());
                _history.Write(Line("disconnect"));
            }
            var pause = TimeSpan.FromMilliseconds(100 + (Random.Shared.NextDouble() * 500));
            await Task.Delay(pause, TimeProvider.System, _end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<bool> ConnectAsync(HubConnection hub)
    {
        try
        {
            await hub.StartAsync(_end.Token).WaitAsync(CallTimeout, TimeProvider.System, _end.Token);
            _history.Write(Line("connect"));
            await Volatile.Read(ref _hello).Task.WaitAsync(HelloTimeout, TimeProvider.System, _end.Token);
            return true;
        }
        catch (Exception e)
            when (e
                    is HttpRequestException
                        or IOException
                        or WebSocketException
                        or OperationCanceledException
                        or TimeoutException
                        or HubException
                        or InvalidOperationException
            )
        {
            return false;
        }
    }

    private async Task FollowAsync()
    {
        await foreach (var e in _events.Reader.ReadAllAsync(_end.Token))
        {
            if (e.GetProperty("type").GetString() != "hello")
            {
                await Followed.HandleAsync(e, _end.Token);
                continue;
            }
            await Followed.ResumeAsync(_end.Token);
            Volatile.Read(ref _hello).TrySetResult();
        }
    }

    private HistoryLine Line(string type) =>
        new()
        {
            Type = type,
            Client = Name,
            UserId = User.Id,
        };
}
