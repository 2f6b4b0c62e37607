using BenchmarkDotNet.Attributes;
using Orleans.Chat.Grains.Chats;
using Orleans.Chat.Grains.Delivery;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Micro;

/// <summary>What the chat's grain looks up for a message: a repeat, where its members are, a page of changes.</summary>
public class ChatBenchmarks
{
    private readonly ChatTail _tail = new(200, 400);
    private readonly ChatRoutes _routes = new();
    private readonly string[] _ids = new string[200];
    private int _next;

    [GlobalSetup]
    public void Fill()
    {
        for (var seq = 1; seq <= _ids.Length; seq++)
        {
            var row = Samples.Row(seq);
            _ids[seq - 1] = row.MessageId;
            _tail.Add(row, seq + 1);
            _tail.Note(
                new ChangeRow
                {
                    Revision = seq + 1,
                    Kind = ChangeKind.MessageCreated,
                    Seq = seq,
                    At = DateTimeOffset.UnixEpoch,
                }
            );
        }
        for (var member = 0; member < 200; member++)
            _routes.Replace(RouteEntry.Nowhere, new RouteEntry.Place([$"gateway-{member % 4}"], Unknown: false));
    }

    [Benchmark]
    public object? Dedupe() => _tail.Sent(_ids[_next++ % _ids.Length]);

    [Benchmark]
    public int Routing() => _routes.Everywhere ? 0 : _routes.Gateways.Count;

    [Benchmark]
    public object? ChangesPage() => _tail.Changes(101, 201, 50);
}
