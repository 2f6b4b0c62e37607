using System.Text.Json;
using MessagePack;
using MessagePack.Resolvers;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;
using Orleans.Chat.Gateway.Tests.Http;
using Orleans.Chat.Protocol;
using Orleans.Chat.Protocol.MessagePack;

namespace Orleans.Chat.Gateway.Tests.Hubs;

public sealed class HubTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    // The protocol's types as it writes them, and plain maps.
    private static readonly MessagePackSerializerOptions Packed = MessagePackSerializerOptions.Standard.WithResolver(
        CompositeResolver.Create(ProtocolMessagePack.Options.Resolver, StandardResolver.Instance)
    );
    private static readonly object Send = new
    {
        chat_id = "c",
        type = "text",
        content = "x",
    };

    public static TheoryData<bool, string, object, string, string?> Refusals
    {
        get
        {
            var data = new TheoryData<bool, string, object, string, string?>();
            foreach (var packed in new[] { false, true })
            {
                data.Add(packed, "Nothing", new Dictionary<string, object>(), "not_found", null);
                data.Add(packed, "$refused", new Dictionary<string, object>(), "not_found", null);
                data.Add(packed, "SendMessage", new Dictionary<string, object>(), "validation_failed", "chat_id");
                data.Add(packed, "SendMessage", new Dictionary<string, object> { ["chat_id"] = 5 }, "validation_failed", "chat_id");
                data.Add(packed, "SendMessage", "text", "validation_failed", "body");
                data.Add(packed, "Acknowledge", new Dictionary<string, object>(), "validation_failed", "body");
                data.Add(packed, "SetPresence", new Dictionary<string, object> { ["status"] = "offline" }, "validation_failed", "status");
                data.Add(packed, "SetPresence", new Dictionary<string, object> { ["status"] = "x\0" }, "validation_failed", "status");
            }
            data.Add(false, "SetPresence", new Dictionary<string, object> { ["status"] = "away", ["x"] = "\0" }, "validation_failed", "x");
            return data;
        }
    }

    [Theory, MemberData(nameof(Refusals))]
    public async Task A_refusal_is_a_problem_object(bool packed, string method, object argument, string code, string? field)
    {
        await using var connection = await Connect(packed);
        var problem = await Refused(connection, method, argument);

        problem.GetProperty("code").GetString().ShouldBe(code);
        if (field is not null)
            problem.GetProperty("errors").TryGetProperty(field, out _).ShouldBeTrue(problem.ToString());
        (await connection.InvokeAsync<Pong>("Ping", TestContext.Current.CancellationToken)).ServerTime.ShouldNotBe(default);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task An_answer_has_the_same_names_in_both_protocols(bool packed)
    {
        await using var connection = await Connect(packed);
        var answer = await connection.InvokeAsync<Presences>(
            "WatchPresence",
            new WatchPresence { UserIds = ["bob"] },
            TestContext.Current.CancellationToken
        );
        answer.Items.ShouldHaveSingleItem().LastSeenAt.ShouldBe(DateTimeOffset.UnixEpoch);
    }

    [Fact]
    public async Task Without_a_silo_a_send_is_unavailable()
    {
        await using var connection = await Connect(packed: false);
        (await Refused(connection, "SendMessage", Send)).GetProperty("code").GetString().ShouldBe("unavailable");
    }

    [Fact]
    public async Task A_call_too_many_or_no_arguments_are_told()
    {
        await using var connection = await Connect(packed: false);
        (await Refused(connection, "SendMessage")).GetProperty("code").GetString().ShouldBe("validation_failed");
        (await Refused(connection, "SendMessage", Send, Send)).GetProperty("code").GetString().ShouldBe("validation_failed");
        (await Refused(connection, "SendMessage", [null])).GetProperty("code").GetString().ShouldBe("validation_failed");
    }

    [Fact]
    public async Task A_long_message_is_legal()
    {
        await using var connection = await Connect(packed: false);
        var problem = await Refused(
            connection,
            "SendMessage",
            new
            {
                chat_id = "c",
                type = "text",
                content = new string('x', 200_000),
            }
        );
        problem.GetProperty("code").GetString().ShouldBe("too_large");
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task What_a_connection_sends_keeps_its_order_answers_awaited_or_not(bool packed)
    {
        await using var connection = await Connect(packed);
        var mark = Ids.New();
        var answers = Enumerable
            .Range(0, 500)
            .Select(i =>
                connection.InvokeAsync<SentMessage>(
                    "SendMessage",
                    new SendMessage
                    {
                        ChatId = GatewayFixture.NoSilo.Reachable,
                        Type = "text",
                        Content = $"{mark} {i}",
                    },
                    TestContext.Current.CancellationToken
                )
            )
            .ToArray();
        await Task.WhenAll(answers);

        GatewayFixture
            .Taking.Taken.Where(c => c.StartsWith(mark, StringComparison.Ordinal))
            .ShouldBe(Enumerable.Range(0, 500).Select(i => $"{mark} {i}"));
    }

    [Theory]
    [InlineData(HttpTransportType.WebSockets, true, true)]
    [InlineData(HttpTransportType.WebSockets, true, false)]
    [InlineData(HttpTransportType.WebSockets, false, false)]
    [InlineData(HttpTransportType.ServerSentEvents, false, false)]
    [InlineData(HttpTransportType.LongPolling, false, false)]
    public async Task A_ticket_opens_one_connection(HttpTransportType transport, bool direct, bool named)
    {
        var ticket = $"{Base64UrlEncoder.Encode(GatewayFixture.NoSilo.Tickets)}.{Ids.New()}";
        await using var connection = WithTicket();
        await connection.StartAsync(TestContext.Current.CancellationToken);
        await connection.InvokeAsync<Pong>("Ping", TestContext.Current.CancellationToken);

        await using var second = WithTicket();
        await Should.ThrowAsync<Exception>(second.StartAsync(TestContext.Current.CancellationToken));

        HubConnection WithTicket() =>
            new HubConnectionBuilder()
                .WithUrl(
                    new Uri(gateway.Address, named ? $"/hubs/chat?ticket={ticket}" : "/hubs/chat"),
                    o =>
                    {
                        (o.Transports, o.SkipNegotiation) = (transport, direct);
                        if (!named)
                            o.AccessTokenProvider = () => Task.FromResult<string?>(ticket);
                    }
                )
                .AddJsonProtocol(o => ProtocolJson.Configure(o.PayloadSerializerOptions))
                .Build();
    }

    private async Task<HubConnection> Connect(bool packed)
    {
        var builder = new HubConnectionBuilder().WithUrl(
            new Uri(gateway.Address, "/hubs/chat"),
            o => o.AccessTokenProvider = () => Task.FromResult<string?>(gateway.Token)
        );
        if (packed)
            builder.AddMessagePackProtocol(o => o.SerializerOptions = Packed);
        else
            builder.AddJsonProtocol(o => ProtocolJson.Configure(o.PayloadSerializerOptions));
        var connection = builder.Build();
        await connection.StartAsync(TestContext.Current.CancellationToken);
        return connection;
    }

    private static async Task<JsonElement> Refused(HubConnection connection, string method, params object?[] arguments)
    {
        var fault = await Should.ThrowAsync<HubException>(connection.InvokeCoreAsync<object>(method, arguments, CancellationToken.None));
        using var document = JsonDocument.Parse(fault.Message[fault.Message.IndexOf('{', StringComparison.Ordinal)..]);
        return document.RootElement.Clone();
    }
}
