using CsCheck;
using Orleans.Chat.Grains.Interfaces.Delivery;
using static Orleans.Chat.Gateway.Tests.Delivery.Rig;

namespace Orleans.Chat.Gateway.Tests.Delivery;

/* The promise behind everything: whatever of the stream is lost, doubled or out of order, once the holes are pulled each connected member
 * got exactly the revisions while it was in the chat, in order, each once, and a noop where it may not see the change. */
public sealed class LossTests
{
    private static readonly string[] Users = ["anna", "bert", "carl", "dora"];

    [Fact]
    public void Whatever_is_lost_each_member_gets_exactly_what_it_may_see_in_order() =>
        Gen.Int[1, 1_000_000].Sample(seed => Check(new Random(seed)), iter: 3_000);

    private static bool Check(Random random)
    {
        var (log, expected) = History(random);
        var rig = new Rig(held: random.Next(1, 20));
        var devices = Users.ToDictionary(u => u, u => rig.Connect(u));

        foreach (var piece in Damage(random, log))
        {
            rig.Deliver(piece);
            if (random.Next(4) == 0)
                PullAll(rig, log);
        }
        // The gateway is told the head, or compares what it knows with the store.
        rig.Chats.Deliver(
            new ChatDelivery
            {
                ChatId = Room,
                Entries = [],
                Head = log.Length,
            }
        );
        PullAll(rig, log);

        foreach (var user in Users)
            string.Join(" ", devices[user].Got).ShouldBe(string.Join(" ", expected[user]), user);
        return true;
    }

    /// <summary>A chat's log, and what each user is to get of it.</summary>
    private static (DeliveryEntry[] Log, Dictionary<string, List<string>> Expected) History(Random random)
    {
        var log = new List<DeliveryEntry> { Created("anna", "bert") };
        var members = new Dictionary<string, long>(StringComparer.Ordinal) { ["anna"] = 0, ["bert"] = 0 };
        var expected = Users.ToDictionary(u => u, _ => new List<string>(), StringComparer.Ordinal);
        expected["anna"].Add("1");
        expected["bert"].Add("1");
        var all = false;
        long seq = 0;
        for (var revision = 2; revision < 40; revision++)
        {
            // One stays, so that the gateway always has the chat.
            var user = Users[random.Next(1, Users.Length)];
            DeliveryEntry entry;
            switch (random.Next(8))
            {
                case 0 when !members.ContainsKey(user):
                    members[user] = seq;
                    entry = Joined(revision, user, seq, all);
                    break;
                case 1 when members.ContainsKey(user):
                    entry = Left(revision, user);
                    break;
                case 2:
                    all = random.Next(2) == 0;
                    entry = Updated(revision, all);
                    break;
                case 3 when seq > 0:
                    entry = Said(revision, random.NextInt64(1, seq + 1), user);
                    break;
                case 4 when seq > 0:
                    entry = Said(revision, random.NextInt64(1, seq + 1));
                    break;
                default:
                    entry = Said(revision, ++seq);
                    break;
            }
            log.Add(entry);
            foreach (var (member, joined) in members)
                expected[member].Add(revision + (entry.VisibleTo(member, joined, all) ? "" : "-"));
            if (entry.Event is Orleans.Chat.Protocol.MemberLeft)
                members.Remove(user);
        }
        return ([.. log], expected);
    }

    /// <summary>The log in deliveries of which some are lost, some come twice and some late; never the creation.</summary>
    private static List<DeliveryEntry[]> Damage(Random random, DeliveryEntry[] log)
    {
        var pieces = new List<DeliveryEntry[]> { log[..1] };
        for (var at = 1; at < log.Length; )
        {
            var length = Math.Min(random.Next(1, 5), log.Length - at);
            var piece = log[at..(at + length)];
            at += length;
            if (random.Next(4) == 0)
                continue;
            pieces.Add(piece);
            if (random.Next(5) == 0)
                pieces.Insert(random.Next(1, pieces.Count + 1), piece);
        }
        for (var i = 0; i < random.Next(6) && pieces.Count > 2; i++)
        {
            var (one, other) = (random.Next(1, pieces.Count), random.Next(1, pieces.Count));
            (pieces[one], pieces[other]) = (pieces[other], pieces[one]);
        }
        return pieces;
    }

    private static void PullAll(Rig rig, DeliveryEntry[] log)
    {
        while (rig.Chats.NextPull(Room) is { } after)
            rig.Deliver(log[(int)after..Math.Min(log.Length, (int)after + 7)]);
    }
}
