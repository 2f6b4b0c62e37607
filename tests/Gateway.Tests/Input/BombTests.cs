using System.IO.Compression;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text;
using Orleans.Chat.EndToEnd;
using Orleans.Chat.Support;

namespace Orleans.Chat.Gateway.Tests.Input;

/* Little that becomes much: what is packed small and unpacked large, and what is nested so deep that reading it would take the stack, which ends
 * a process and everybody's connections with it. JSON's depth is RestInputTests' and HubInputTests'. */
public sealed class BombTests(StandalonePlace place)
{
    private const int Depth = 500_000;
    private const byte ArrayOfOne = 0x91;
    private const byte MapOfOne = 0x81;
    private const byte Nil = 0xc0;

    /// <summary>64 MB of blanks, in 64 KB.</summary>
    private static readonly Lazy<byte[]> Packed = new(() =>
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            var blanks = Enumerable.Repeat((byte)' ', 1024 * 1024).ToArray();
            for (var i = 0; i < 64; i++)
                gzip.Write(blanks);
        }
        return packed.ToArray();
    });

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    [InlineData("gzip, gzip")]
    [InlineData("zstd")]
    [InlineData("x")]
    public async Task A_body_that_is_packed_is_not_unpacked(string encoding)
    {
        Packed.Value.Length.ShouldBeLessThan(1024 * 1024);
        await using var alice = await place.NewUserAsync("alice");
        var chat = await Place.NewGroupAsync(alice);
        foreach (var path in new[] { "messages", "auth/login", "auth/register", "sync" })
        {
            using var body = new ByteArrayContent(Packed.Value);
            body.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            body.Headers.TryAddWithoutValidation("Content-Encoding", encoding).ShouldBeTrue();
            var answer = await alice.PostAsync(path, body);
            Refusals.WrongWith(answer.Body, "unsupported_media_type", null).ShouldBeNull(path);
        }
        await Place.SendAsync(alice, chat, "still here");
    }

    [Fact]
    public async Task A_WebSocket_is_not_compressed_whatever_is_offered()
    {
        await using var alice = await place.NewUserAsync("alice");
        using var socket = new ClientWebSocket();
        socket.Options.DangerousDeflateOptions = new WebSocketDeflateOptions();
        socket.Options.CollectHttpResponseDetails = true;
        await socket.ConnectAsync(HubOf(alice), TestContext.Current.CancellationToken);
        socket.HttpResponseHeaders.ShouldNotBeNull().ContainsKey("Sec-WebSocket-Extensions").ShouldBeFalse();
    }

    public static TheoryData<string> Places => [.. Bombs(1).Select(b => b.Where)];

    [Theory, MemberData(nameof(Places))]
    public async Task Depth_in_MessagePack_ends_at_most_its_own_connection(string where)
    {
        await using var alice = await place.NewUserAsync("alice");
        foreach (var depth in new[] { Depth, 100 })
        {
            using var socket = new ClientWebSocket();
            await socket.ConnectAsync(HubOf(alice), TestContext.Current.CancellationToken);
            await socket.SendAsync(
                Encoding.UTF8.GetBytes("{\"protocol\":\"messagepack\",\"version\":1}\u001e"),
                WebSocketMessageType.Text,
                endOfMessage: true,
                TestContext.Current.CancellationToken
            );
            var bomb = Framed(Bombs(depth).Single(b => b.Where == where).Message);
            bomb.Length.ShouldBeLessThan(1024 * 1024);
            await socket.SendAsync(bomb, WebSocketMessageType.Binary, endOfMessage: true, TestContext.Current.CancellationToken);

            // It was read by the time that this is answered, or the connection is at its end.
            await SendAndReadAsync(socket, Framed([0x95, 1, 0x80, 0xa1, (byte)'p', 0xa4, .. "Ping"u8, 0x90]));
            await using var next = await JsonSocket.ConnectAsync(place.Here, alice.AccessToken);
            (await next.CallAsync("Ping", "[]")).ShouldNotBeNull().TryGetProperty("result", out _).ShouldBeTrue();
        }
    }

    /// <summary>A call of <c>SendMessage</c> with the nesting in each of its places, and messages of other kinds.</summary>
    private static IEnumerable<(string Where, byte[] Message)> Bombs(int depth)
    {
        byte[] arrays = [.. Enumerable.Repeat(ArrayOfOne, depth), Nil];
        // {"":{"":…}}, at two bytes a step.
        byte[] maps = [.. Enumerable.Repeat((byte[])[MapOfOne, 0xa0], depth / 2).SelectMany(b => b), Nil];
        byte[] target = [0xab, .. "SendMessage"u8];
        foreach (var (kind, deep) in new[] { ("arrays", arrays), ("maps", maps) })
        {
            yield return ($"{kind} as the argument", [0x95, 1, 0x80, 0xa1, (byte)'1', .. target, ArrayOfOne, .. deep]);
            yield return (
                $"{kind} as metadata",
                [0x95, 1, 0x80, 0xa1, (byte)'1', .. target, ArrayOfOne, MapOfOne, 0xa8, .. "metadata"u8, .. deep]
            );
            yield return (
                $"{kind} as a text",
                [0x95, 1, 0x80, 0xa1, (byte)'1', .. target, ArrayOfOne, MapOfOne, 0xa7, .. "content"u8, .. deep]
            );
            yield return (
                $"{kind} in an unknown field",
                [0x95, 1, 0x80, 0xa1, (byte)'1', .. target, ArrayOfOne, MapOfOne, 0xa7, .. "unknown"u8, .. deep]
            );
            yield return ($"{kind} as a second argument", [0x95, 1, 0x80, 0xa1, (byte)'1', .. target, 0x92, 0x80, .. deep]);
            yield return ($"{kind} of a method that is none", [0x95, 1, 0x80, 0xa1, (byte)'1', 0xa1, (byte)'x', ArrayOfOne, .. deep]);
            yield return ($"{kind} as streams", [0x96, 1, 0x80, 0xa1, (byte)'1', .. target, 0x90, .. deep]);
            yield return ($"{kind} in headers", [0x95, 1, MapOfOne, 0xa1, (byte)'h', .. deep, 0xa1, (byte)'1', .. target, 0x90]);
            yield return ($"{kind} as headers", [0x95, 1, .. deep, 0xa1, (byte)'1', .. target, 0x90]);
            yield return ($"{kind} as the id", [0x95, 1, 0x80, .. deep, .. target, 0x90]);
            yield return ($"{kind} as the target", [0x95, 1, 0x80, 0xa1, (byte)'1', .. deep, 0x90]);
            yield return ($"{kind} behind the call", [0x97, 1, 0x80, 0xa1, (byte)'1', .. target, 0x90, 0x90, .. deep]);
            yield return ($"{kind} in a completion", [0x95, 3, 0x80, 0xa1, (byte)'1', 3, .. deep]);
            yield return ($"{kind} in a stream's item", [0x94, 2, 0x80, 0xa1, (byte)'1', .. deep]);
            yield return ($"{kind} in a kind that is none", [0x93, 99, 0x80, .. deep]);
            yield return ($"{kind} in place of a message", deep);
        }
    }

    private static byte[] Framed(byte[] message)
    {
        var length = new List<byte>();
        for (var rest = message.Length; ; rest >>= 7)
        {
            if (rest < 0x80)
            {
                length.Add((byte)rest);
                return [.. length, .. message];
            }
            length.Add((byte)((rest & 0x7f) | 0x80));
        }
    }

    private static async Task SendAndReadAsync(ClientWebSocket socket, byte[] message)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20), TimeProvider.System);
        var buffer = new byte[64 * 1024];
        try
        {
            await socket.SendAsync(message, WebSocketMessageType.Binary, endOfMessage: true, limit.Token);
            while (true)
            {
                var got = await socket.ReceiveAsync(buffer, limit.Token);
                if (got.MessageType == WebSocketMessageType.Close || buffer.AsSpan(0, got.Count).IndexOf("server_time"u8) >= 0)
                    return;
            }
        }
        catch (WebSocketException)
        {
            // It is at its end.
        }
    }

    private static Uri HubOf(RawClient client) =>
        new UriBuilder(new Uri(client.Server, "/hubs/chat?access_token=" + client.AccessToken)) { Scheme = "ws" }.Uri;
}
