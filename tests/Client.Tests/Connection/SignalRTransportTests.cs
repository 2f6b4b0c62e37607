using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Connections;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Client.Tests.Connection;

public sealed class SignalRTransportTests : IAsyncLifetime
{
    private static readonly Acknowledge[] Cursors = [new() { ChatId = "c", DeliveredSeq = 3 }];

    private readonly ConcurrentQueue<ChatEvent> _seen = new();
    private WebApplication? _server;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await WireHub.StartAsync();

    public ValueTask DisposeAsync() => _server!.DisposeAsync();

    [Theory]
    [InlineData(HubFormat.Json, HttpTransportType.WebSockets)]
    [InlineData(HubFormat.Json, HttpTransportType.ServerSentEvents)]
    [InlineData(HubFormat.Json, HttpTransportType.LongPolling)]
    [InlineData(HubFormat.MessagePack, HttpTransportType.WebSockets)]
    [InlineData(HubFormat.MessagePack, HttpTransportType.LongPolling)]
    public async Task Calls_answers_refusals_and_events_cross_the_wire(HubFormat format, HttpTransportType transport)
    {
        await using var client = Make(format, transport);
        await client.ConnectAsync(Token);
        client.Hello!.HistoryId.ShouldBe("h");
        await Clock.UntilAsync(() => _seen.Any(next => next is MessageCreated), "the change");
        _seen.Where(next => next.Revision is not null).Select(next => next.Revision).ShouldBe([1, 2]);
        client.Chats["c"].Messages.ShouldHaveSingleItem().Content.ShouldBe("text 1");

        var text = TestData.Text("c", "hallo 👋 \"quoted\"") with { Metadata = new MetadataJson("""{"a":[1,null]}""") };
        (await client.Send(text)).ShouldBe(TestData.Sent(text, 7) with { Revision = 14 });
        (await Should.ThrowAsync<ChatProblemException>(client.SendText("c", "refuse"))).Code.ShouldBe(ProblemCodes.Forbidden);
        (await client.PingAsync(Token)).ShouldBe(DateTimeOffset.UnixEpoch);
        await client.SetPresenceAsync(PresenceStatus.Away, Token);
        await client.AcknowledgeAsync(Cursors, Token);
        await Clock.UntilAsync(() => _seen.Any(next => next is ReceiptEvent { DeliveredSeq: 3 }), "the receipt");
    }

    [Theory]
    [InlineData("break")]
    [InlineData("oversized")]
    public async Task A_message_that_breaks_connections_gets_its_verdict_over_rest_and_the_next_one_goes(string content)
    {
        await using var client = Make(HubFormat.Json, HttpTransportType.WebSockets);
        await client.ConnectAsync(Token);
        var bad = client.SendText("c", content == "oversized" ? new string('x', 100_000) : content);
        var good = client.SendText("c", "good");
        (await Should.ThrowAsync<ChatProblemException>(bad)).Code.ShouldBe(ProblemCodes.TooLarge);
        (await good).Seq.ShouldBe(7);
    }

    [Theory]
    [InlineData(HttpTransportType.WebSockets)]
    [InlineData(HttpTransportType.LongPolling)]
    public async Task A_refused_token_is_replaced(HttpTransportType transport)
    {
        await using var client = Make(HubFormat.Json, transport, "bad");
        await client.ConnectAsync(Token);
        client.State.ShouldBe(ConnectionState.Connected);
    }

    private ChatClient Make(HubFormat format, HttpTransportType transport, string firstToken = "good")
    {
        var token = firstToken;
        var client = new ChatClient(
            new ChatClientOptions
            {
                Server = new Uri(_server!.Urls.First()),
                Format = format,
                Transports = transport,
                TokenProvider = _ => new(new ProvidedToken(Interlocked.Exchange(ref token, "good"), DateTimeOffset.MaxValue)),
                UserId = "me",
                BackoffBase = TimeSpan.FromMilliseconds(1),
                SendStrikes = 2,
                FirstSight = FirstSight.Beginning,
            }
        );
        client.OnEvent += _seen.Enqueue;
        return client;
    }
}
