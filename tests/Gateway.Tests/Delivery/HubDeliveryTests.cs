using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Orleans.Chat.Gateway.Delivery;
using Orleans.Chat.Gateway.Transports;
using Orleans.Chat.Grains.Interfaces.Chats;
using Orleans.Chat.Grains.Interfaces.Delivery;
using Orleans.Chat.Protocol;
using Orleans.Chat.Protocol.MessagePack;
using static Orleans.Chat.Gateway.Tests.Delivery.Rig;

namespace Orleans.Chat.Gateway.Tests.Delivery;

/// <summary>Delivery through SignalR itself, with only the grains faked.</summary>
public sealed class HubDeliveryTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_gets_its_hello_and_then_its_chats_events(bool messagePack)
    {
        var ct = TestContext.Current.CancellationToken;
        var calls = new FakeCalls { Memberships = users => Task.FromResult<Membership[]>([.. users.Select(u => In(u, 5, joinedSeq: 6))]) };
        await using var server = await StartAsync(calls);
        await using var client = Client(server, messagePack, out var events);
        await client.StartAsync(ct);

        var hello = await events.ReadAsync(ct);
        hello.GetProperty("type").GetString().ShouldBe("hello");
        hello.GetProperty("history_id").GetString().ShouldBe("history");

        server.Services.GetRequiredService<ChatTable>().Deliver(Rig.Delivery(Said(6, 6), Said(7, 7)));

        (await events.ReadAsync(ct)).GetRawText().ShouldBe("""{"type":"noop","chat_id":"chat","revision":6}""");
        (await events.ReadAsync(ct)).GetProperty("type").GetString().ShouldBe("reaction.changed");

        await client.StopAsync(ct);
        for (var i = 0; i < 500 && !calls.Log.Any(c => c.StartsWith("disconnect", StringComparison.Ordinal)); i++)
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, ct);
        calls.Log.ShouldContain(c => c.StartsWith("disconnect", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(HttpTransportType.WebSockets)]
    [InlineData(HttpTransportType.LongPolling)]
    public async Task An_event_that_cannot_be_serialised_is_told_as_missing_and_what_comes_after_it_arrives(HttpTransportType transport)
    {
        var ct = TestContext.Current.CancellationToken;
        var calls = new FakeCalls { Memberships = users => Task.FromResult<Membership[]>([.. users.Select(u => In(u, 5))]) };
        await using var server = await StartAsync(calls);
        await using var client = Client(server, messagePack: true, out var events, transport);
        await client.StartAsync(ct);
        await NextAsync(events);
        var chats = server.Services.GetRequiredService<ChatTable>();

        // Metadata that is none: no such message is accepted, and the store keeps none. MessagePack reads what JSON copies.
        chats.Deliver(Rig.Delivery(Poison(6, 6)));
        chats.Deliver(Rig.Delivery(Said(7, 7)));

        (await NextAsync(events)).GetRawText().ShouldBe("""{"type":"gap","chat_id":"chat","after_revision":5}""");
        (await NextAsync(events)).GetProperty("revision").GetInt64().ShouldBe(7);
        client.State.ShouldBe(HubConnectionState.Connected);
    }

    /// <summary>An event that does not come must not be waited for without end.</summary>
    private static Task<JsonElement> NextAsync(ChannelReader<JsonElement> events) =>
        events
            .ReadAsync(TestContext.Current.CancellationToken)
            .AsTask()
            .WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, TestContext.Current.CancellationToken);

    private static DeliveryEntry Poison(long revision, long seq) =>
        Said(revision, seq) with
        {
            Event = new MessageCreated(
                new Message
                {
                    MessageId = "m",
                    ChatId = Room,
                    Seq = seq,
                    Revision = revision,
                    SenderId = "bob",
                    Content = "x",
                    Type = MessageTypes.Text,
                    Metadata = new MetadataJson("{"),
                    Status = MessageStatus.Sent,
                    CreatedAt = DateTimeOffset.UnixEpoch,
                    UpdatedAt = DateTimeOffset.UnixEpoch,
                }
            )
            {
                ChatId = Room,
                Revision = revision,
            },
        };

    [Theory]
    [InlineData(HttpTransportType.WebSockets, false)]
    [InlineData(HttpTransportType.WebSockets, true)]
    [InlineData(HttpTransportType.LongPolling, false)]
    public async Task Pushes_that_were_written_together_arrive_each_by_itself(HttpTransportType transport, bool messagePack)
    {
        var ct = TestContext.Current.CancellationToken;
        await using var server = await StartAsync(new FakeCalls());
        await using var client = Client(server, messagePack, out var events, transport);
        await client.StartAsync(ct);
        await NextAsync(events);
        var outbound = server.Services.GetRequiredService<ConnectionTable>().Of("anna").ShouldHaveSingleItem().Outbound;

        // More than one write may have.
        for (var r = 1; r <= 200; r++)
            outbound.Offer(Push.Durable("chat", [new Noop { ChatId = new string('c', r * 3), Revision = r }], r));
        outbound.Flush();

        for (var r = 1; r <= 200; r++)
        {
            var e = await NextAsync(events);
            (e.GetProperty("revision").GetInt64(), e.GetProperty("chat_id").GetString()!.Length).ShouldBe((r, r * 3));
        }
    }

    [Fact]
    public async Task A_revoked_session_gets_its_last_event_and_is_closed()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var server = await StartAsync(new FakeCalls());
        await using var client = Client(server, messagePack: false, out var events);
        var closed = new TaskCompletionSource();
        client.Closed += _ =>
        {
            closed.TrySetResult();
            return Task.CompletedTask;
        };
        await client.StartAsync(ct);
        await events.ReadAsync(ct);

        server.Services.GetRequiredService<ConnectionTable>().CloseSession("anna", "s");

        (await events.ReadAsync(ct)).GetProperty("type").GetString().ShouldBe("session.revoked");
        await closed.Task.WaitAsync(TimeSpan.FromSeconds(5), TimeProvider.System, ct);
    }

    private static async Task<WebApplication> StartAsync(FakeCalls calls)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddLogging().AddRouting();
        builder
            .Services.AddSignalR()
            .AddJsonProtocol(json => ProtocolJson.Configure(json.PayloadSerializerOptions))
            .AddChatMessagePackProtocol();
        var before = builder.Services.Where(s => s.ServiceType == typeof(IHostedService)).ToHashSet();
        builder.Services.AddSingleton(new ServerConfig { Features = [], Limits = new LimitOptions().ToLimits() });
        builder.Services.AddDelivery<TestHub>("test", TimeSpan.FromSeconds(1));
        // What needs a cluster stays out.
        foreach (var service in builder.Services.Where(s => s.ServiceType == typeof(IHostedService) && !before.Contains(s)).ToArray())
            builder.Services.Remove(service);
        builder.Services.Replace(ServiceDescriptor.Singleton<IClusterCalls>(calls));
        builder.Services.AddHostedService<DeliveryStart>();
        builder.Services.AddHostedService(s => s.GetRequiredService<Announcer>());
        var server = builder.Build();
        server.UseRouting();
        server.MapHub<TestHub>("/hub").WriteFrames();
        await server.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    private static HubConnection Client(
        WebApplication server,
        bool messagePack,
        out ChannelReader<JsonElement> events,
        HttpTransportType transport = HttpTransportType.WebSockets
    )
    {
        var builder = new HubConnectionBuilder().WithUrl(server.Urls.First() + "/hub", transport);
        var client = (messagePack ? builder.AddChatMessagePackProtocol() : builder).Build();
        var channel = Channel.CreateUnbounded<JsonElement>();
        client.On<JsonElement>(
            "Events",
            batch =>
            {
                foreach (var e in batch.EnumerateArray())
                    channel.Writer.TryWrite(e);
            }
        );
        events = channel.Reader;
        return client;
    }

    internal sealed class TestHub(IConnections connections) : Hub
    {
        public override async Task OnConnectedAsync()
        {
            if (await connections.OpenedAsync(Context, "anna", "s", DateTimeOffset.MaxValue.AddDays(-1)) is not null)
                Context.Abort();
        }

        public override Task OnDisconnectedAsync(Exception? exception) => connections.ClosedAsync(Context);
    }
}
