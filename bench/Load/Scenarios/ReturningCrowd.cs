using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Orleans.Chat.Load.Measuring;
using Orleans.Chat.Load.Population;
using Orleans.Chat.Load.Wire;

namespace Orleans.Chat.Load.Scenarios;

/* Each user does what the contract asks of a client, and the SDK does: it waits a time between nothing and a bound that doubles with each failure, and where a
 * server says when to come back, until then; goes to the next gateway when one does not answer; waits for its hello, and then asks what changed since its token. */

/// <summary>Users that are connected, or are on their way back.</summary>
internal sealed class ReturningCrowd(LoadUser[] users, IReadOnlyList<Uri> servers, HubFraming framing) : IDisposable
{
    private static readonly TimeSpan FirstBound = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LastBound = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PingPeriod = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan HelloTimeout = TimeSpan.FromSeconds(30);
    private readonly HttpClient _http = new(new SocketsHttpHandler { MaxConnectionsPerServer = 128 })
    {
        Timeout = TimeSpan.FromSeconds(30),
    };
    private readonly HubSocket?[] _sockets = new HubSocket?[users.Length];
    private readonly string?[] _tokens = new string?[users.Length];
    private readonly Recorder _recorder = new();
    private long _told;
    private long _failed;

    public int Connected => _sockets.Count(IsConnected);

    /// <summary>How often a server said when to come back, of the last coming.</summary>
    public long Told => Interlocked.Read(ref _told);

    /// <summary>Tries that found nobody, of the last coming.</summary>
    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>Ends all connections, without a word.</summary>
    public void Cut() => Array.ForEach(_sockets, s => s?.Dispose());

    /// <summary>Forgets what was synchronised: all come as if for the first time.</summary>
    public void Forget() => Array.Clear(_tokens);

    /// <summary>Who is not connected comes; answers when each had what it had missed, in ticks of <see cref="Stopwatch"/>.</summary>
    public async Task<IReadOnlyList<long>> ComeAsync(double patience, CancellationToken cancellationToken)
    {
        (_told, _failed) = (0, 0);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(patience));
        var coming = Task.WhenAll(users.Select((_, i) => i).Where(i => !IsConnected(_sockets[i])).Select(i => ComeAsync(i, limit.Token)));
        while (await Task.WhenAny(coming, Task.Delay(PingPeriod, TimeProvider.System, CancellationToken.None)) != coming)
            Array.ForEach(_sockets, s => s?.Ping());
        return [.. (await coming).OfType<long>()];
    }

    public void Dispose()
    {
        Cut();
        _http.Dispose();
    }

    private static bool IsConnected(HubSocket? socket) => socket is { Ended.IsCompleted: false };

    /// <summary>Null when it was not back in time.</summary>
    private async Task<long?> ComeAsync(int at, CancellationToken cancellationToken)
    {
        var told = TimeSpan.Zero;
        for (var failures = 0; ; failures++)
        {
            try
            {
                var own = Bound(failures) * Random.Shared.NextDouble();
                // What is told is in whole seconds: its own time on top keeps those apart who were told the same.
                await Task.Delay(told > TimeSpan.Zero ? told + own : own, TimeProvider.System, cancellationToken);
                told = TimeSpan.Zero;
                await ConnectAsync(at, servers[(users[at].Number + failures) % servers.Count], cancellationToken);
                return Stopwatch.GetTimestamp();
            }
            catch (UpgradeRefusedException e) when (e.RetryAfter is { } wait)
            {
                told = wait;
                Interlocked.Increment(ref _told);
            }
            catch (Exception e) when (e is IOException or SocketException or TimeoutException or HttpRequestException)
            {
                Interlocked.Increment(ref _failed);
            }
            catch (OperationCanceledException)
            {
                return null;
            }
        }
    }

    private async Task ConnectAsync(int at, Uri server, CancellationToken cancellationToken)
    {
        var user = users[at];
        _sockets[at]?.Dispose();
        var socket = await HubSocket.ConnectAsync(server, user.Token, framing, user.Number, _recorder, sends: false, cancellationToken);
        _sockets[at] = socket;
        if (await Task.WhenAny(socket.Ready, socket.Ended).WaitAsync(HelloTimeout, TimeProvider.System, cancellationToken) == socket.Ended)
            throw new IOException("The server ended the connection before its hello.");
        await SynchroniseAsync(at, server, cancellationToken);
    }

    private async Task SynchroniseAsync(int at, Uri server, CancellationToken cancellationToken)
    {
        for (var more = true; more; )
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server, "/api/v1/sync"))
            {
                Content = JsonContent.Create(new JsonObject { ["since"] = _tokens[at] }),
            };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", users[at].Token);
            using var answer = await _http.SendAsync(request, cancellationToken);
            answer.EnsureSuccessStatusCode();
            var page = JsonNode.Parse(await answer.Content.ReadAsStringAsync(cancellationToken))!;
            _tokens[at] = page["next"]!.GetValue<string>();
            more = page["has_more"]!.GetValue<bool>();
        }
    }

    private static TimeSpan Bound(int failures)
    {
        var bound = FirstBound * Math.Pow(2, Math.Min(failures, 30));
        return bound < LastBound ? bound : LastBound;
    }
}
