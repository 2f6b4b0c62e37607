using System.Text;
using Orleans.Chat.Check.Histories;
using Orleans.Chat.Check.Promises;

namespace Orleans.Chat.Check.Verdicts;

/* Shows violations with their lines. A place is all that is kept of a line while it is checked; only when there are violations the files are read again:
 * once merged, to know what happened in the chat around a line whichever file that is in, and once each for the text. */
internal static class Quotation
{
    private const int Before = 12;
    private const int After = 8;

    /// <summary>As a person looks it up: file:line.</summary>
    public static string Name(IReadOnlyList<string> files, LinePlace place) => $"{files[place.File]}:{place.Line}";

    public static IReadOnlyList<ShownViolation> Of(IReadOnlyList<string> files, EventParser parser, IReadOnlyList<Violation> violations)
    {
        if (violations.Count == 0)
            return [];
        var around = Around(files, violations);
        var texts = Texts(files, violations.SelectMany(v => v.Lines).Concat(around.Values.SelectMany(a => a)));
        ShownLine Show(LinePlace place) => new(Name(files, place), texts[place]);
        return
        [
            .. violations.Select(v => new ShownViolation(
                PromiseText.Of(v.Promise).Id,
                v.Chat < 0 ? null : parser.Chats[v.Chat],
                v.What,
                [.. v.Lines.Select(Show)],
                v.Lines.Count > 0 && around.TryGetValue(v.Lines[^1], out var lines) ? [.. lines.Select(Show)] : []
            )),
        ];
    }

    /// <summary>For the last line of each violation of a chat: its neighbours in that chat, by time.</summary>
    private static Dictionary<LinePlace, List<LinePlace>> Around(IReadOnlyList<string> files, IReadOnlyList<Violation> violations)
    {
        var wanted = violations.Where(v => v.Chat >= 0 && v.Lines.Count > 0).Select(v => v.Lines[^1]).ToHashSet();
        var chats = violations.Select(v => v.Chat).Where(c => c >= 0).Distinct().ToDictionary(c => c, _ => new Queue<LinePlace>());
        var found = new Dictionary<LinePlace, List<LinePlace>>();
        var growing = new List<(int Chat, List<LinePlace> Lines, int Left)>();
        // The same files in the same order: the same numbers.
        using var history = new MergedHistory(files, new EventParser());
        foreach (var e in history.Events())
        {
            if (!chats.TryGetValue(e.Chat, out var last))
                continue;
            for (var i = growing.Count - 1; i >= 0; i--)
            {
                var (chat, lines, left) = growing[i];
                if (chat != e.Chat)
                    continue;
                lines.Add(e.Place);
                if (left > 1)
                    growing[i] = (chat, lines, left - 1);
                else
                    growing.RemoveAt(i);
            }
            last.Enqueue(e.Place);
            if (last.Count > Before)
                last.Dequeue();
            if (!wanted.Contains(e.Place))
                continue;
            found[e.Place] = [.. last];
            growing.Add((e.Chat, found[e.Place], After));
        }
        return found;
    }

    private static Dictionary<LinePlace, string> Texts(IReadOnlyList<string> files, IEnumerable<LinePlace> places)
    {
        var texts = new Dictionary<LinePlace, string>();
        foreach (var file in places.Distinct().GroupBy(p => p.File))
        {
            var wanted = file.Select(p => p.Line).ToHashSet();
            var last = wanted.Max();
            using var lines = new LineReader(files[file.Key]);
            while (lines.Line < last && lines.TryRead(out var line))
            {
                if (wanted.Contains(lines.Line))
                    texts[new LinePlace(file.Key, lines.Line)] = Printable(Encoding.UTF8.GetString(line).Trim());
            }
        }
        return texts;
    }

    // What a terminal takes for a command has no place in JSON unescaped, but for these.
    private static string Printable(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '\uFFFD' : c));
}
