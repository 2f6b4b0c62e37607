using System.IO.Hashing;
using System.Text;

namespace Orleans.Chat.Check.Histories;

/* Ids as numbers 0, 1, 2 …, in the order in which they appear. An id is known by 128 bits of hash, and its text is kept only where it is shown: of
 * millions of messages none is, their lines are. Two ids with one hash are less likely than a wrong bit in memory. */
internal sealed class NameTable(bool keepTexts)
{
    private readonly Dictionary<UInt128, int> _numbers = [];
    private readonly List<string> _texts = [];

    public string this[int number] => _texts[number];

    /// <param name="id">As UTF-8.</param>
    /// <param name="scope">Equal ids of two scopes are two.</param>
    public int Number(ReadOnlySpan<byte> id, int scope = 0)
    {
        var hash = XxHash128.HashToUInt128(id, scope);
        if (_numbers.TryGetValue(hash, out var number))
            return number;
        number = _numbers.Count;
        _numbers.Add(hash, number);
        if (keepTexts)
            _texts.Add(Encoding.UTF8.GetString(id));
        return number;
    }
}
