using System.Threading.Channels;
using Orleans.Chat.Grains.Interfaces.Delivery;

namespace Orleans.Chat.Gateway.Delivery;

/* Takes the items of the gateway's stream to where they belong, in their order, and never waits. Trouble with the stream itself (a hole, an
 * overflow) is only noted here; the stream's loop sees to it. */
internal sealed partial class ItemRouter(
    Sources sources,
    ChatTable chats,
    ConnectionTable connections,
    PresenceWatches watches,
    Announcer announcer,
    Resync resync,
    ILogger<ItemRouter> logger
)
{
    private readonly Channel<string> _trouble = Channel.CreateBounded<string>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    /// <summary>Why the stream is to be subscribed again.</summary>
    public ChannelReader<string> Trouble => _trouble.Reader;

    public void Report(string reason) => _trouble.Writer.TryWrite(reason);

    public void Route(GatewayItem item)
    {
        try
        {
            if (item.Event is Overflow)
            {
                Report("overflow");
                return;
            }
            var arrival = sources.Observe(item, out var isNew);
            if (arrival == Arrival.AfterHole)
                Report("hole");
            if (isNew)
            {
                // A silo that is new may hold sessions that moved there and know nothing. And what it sends to all gateways it sent to those
                // that it had heard of.
                announcer.AnnounceAll();
                resync.Request();
            }
            Route(item.Event, arrival == Arrival.Late);
        }
        catch (Exception fault)
        {
            Log.Failed(logger, item.Event?.GetType().Name ?? "nothing", fault);
            Report("fault");
        }
    }

    private void Route(GatewayEvent e, bool late)
    {
        switch (e)
        {
            case ChatDelivery delivery:
                chats.Deliver(delivery);
                break;
            case ChatEphemeral hints when !late:
                chats.DeliverHints(hints);
                break;
            case UserEvent own when !late:
                connections.TellUser(own.UserId, own.Event);
                break;
            case PresenceChanged change when !late:
                watches.Changed(change);
                break;
            case WhoIsHere question:
                announcer.Answer(question.UserIds);
                break;
            case CloseSession close:
                connections.CloseSession(close.UserId, close.SessionId);
                break;
            default:
                break;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "An item of the delivery stream ({Kind}) failed; everything is resynchronised")]
        public static partial void Failed(ILogger logger, string kind, Exception fault);
    }
}
