using System.Globalization;

namespace Orleans.Chat.Check.Generating;

/* A chat server that keeps all its promises and a network that keeps none: what clients write down of it is a history without a violation.
 *
 * What happens happens at one moment, Now, in which it is in the log; what led to it is written before that, and what follows from it after. So the
 * order of the log is the order of the moments, and each line is where it was for who wrote it. */
internal sealed partial class World
{
    // No line is written further back than this.
    private const long LongestLead = 2_000_000;

    private readonly WorldOptions _options;
    private readonly Random _random;
    private readonly List<ModelChat> _chats = [];
    private readonly List<ModelClient> _clients = [];
    private readonly Dictionary<string, List<ModelClient>> _clientsOf = new(StringComparer.Ordinal);
    private readonly PriorityQueue<GeneratedLine, (long, long)> _lines = new();
    private readonly PriorityQueue<Action, (long, long)> _later = new();
    private long _order;
    private long _ids;

    public World(WorldOptions options)
    {
        _options = options;
        _random = new Random(options.Seed);
        Now = 1_000_000_000;
        for (var u = 0; u < options.Users; u++)
        {
            var user = $"user-{u}";
            List<ModelClient> devices = [new($"{user}-a", user)];
            if (Chance(0.3))
                devices.Add(new ModelClient($"{user}-b", user));
            _clientsOf.Add(user, devices);
            _clients.AddRange(devices);
        }
        for (var c = 0; c < options.Chats; c++)
            Create(new ModelChat($"chat-{c}"), c);
    }

    private long Now { get; set; }

    /// <summary>What is written down until so many lines are, and then until all is quiet.</summary>
    public IEnumerable<GeneratedLine> Run(long lines)
    {
        var written = 0L;
        foreach (var client in _clients.Where(_ => Chance(0.8)))
            Connect(client);
        while (written < lines)
        {
            Now += 10_000 + _random.NextInt64(_options.StepNanoseconds);
            while (_later.TryPeek(out _, out var due) && due.Item1 <= Now)
                _later.Dequeue()();
            Step();
            while (_lines.TryPeek(out _, out var at) && at.Item1 < Now - LongestLead)
            {
                written++;
                yield return _lines.Dequeue();
            }
        }
        End();
        while (_lines.TryDequeue(out var line, out _))
            yield return line;
    }

    private void Create(ModelChat chat, int number)
    {
        for (var i = 0; i < _options.Members; i++)
        {
            var user = $"user-{(number + i) % _options.Users}";
            if (chat.Members.TryAdd(user, new ModelMember()))
                chat.Users.Add(user);
        }
        chat.Changes.Add(new ModelChange(1, "other"));
        // Of some chats the beginning is in no history.
        if (number % 3 == 2)
        {
            foreach (var _ in Enumerable.Range(0, 5))
                chat.Append(new ModelMessage(NewId(), chat.Admin, NewHash()));
            foreach (var client in _clients)
                client.In(chat).Applied = chat.Revision;
        }
        _chats.Add(chat);
    }

    private void Step()
    {
        var chat = Pick(_chats);
        switch (_random.NextDouble())
        {
            case < 0.70:
                Send(chat);
                break;
            case < 0.76:
                EditOne(chat);
                break;
            case < 0.79:
                DeleteOne(chat);
                break;
            case < 0.84:
                Read(chat);
                break;
            case < 0.92:
                Mark(chat);
                break;
            case < 0.94:
                ChangeMembers(chat);
                break;
            case < 0.99:
                ComeOrGo();
                break;
            default:
                Fault();
                break;
        }
    }

    private void Fault()
    {
        Write(new GeneratedLine(Now, "fault", "nemesis") { Name = "kill-silo", State = "begin" });
        Later(Now + 500_000_000, () => Write(new GeneratedLine(Now, "fault", "nemesis") { Name = "kill-silo", State = "end" }));
    }

    private void Write(GeneratedLine line) => _lines.Enqueue(line, (line.T, _order++));

    private void Later(long at, Action action) => _later.Enqueue(action, (at, _order++));

    /// <summary>Some time after now, up to a bound in ms.</summary>
    private long Soon(double milliseconds = 3) => Now + 1 + (long)(_random.NextDouble() * milliseconds * 1e6);

    /// <summary>When something is heard on a client's connection.</summary>
    private long Hear(ModelClient client) => client.Heard = Math.Max(client.Heard + 1 + _random.Next(1_000), Soon());

    private bool Chance(double part) => _random.NextDouble() < part;

    private T Pick<T>(IReadOnlyList<T> from) => from[_random.Next(from.Count)];

    private string NewId() => string.Create(CultureInfo.InvariantCulture, $"{_options.Seed:x8}-0000-7000-8000-{_ids++:x12}");

    private string NewHash() => _random.NextInt64().ToString("x16", CultureInfo.InvariantCulture);
}
