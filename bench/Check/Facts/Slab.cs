namespace Orleans.Chat.Check.Facts;

/// <summary>A growing row of structs that never move: a reference stays good while others are added.</summary>
internal sealed class Slab<T>
    where T : struct
{
    private const int Bits = 12;
    private const int Size = 1 << Bits;

    private T[][] _blocks = [];

    /// <summary>One more than the highest that was touched.</summary>
    public int Count { get; private set; }

    /// <summary>The one at a place, which is made when it is touched first.</summary>
    public ref T this[int at]
    {
        get
        {
            if (at >= Count)
                Grow(at);
            return ref _blocks[at >> Bits][at & (Size - 1)];
        }
    }

    private void Grow(int at)
    {
        Count = at + 1;
        var had = _blocks.Length;
        if (at >> Bits < had)
            return;
        Array.Resize(ref _blocks, (at >> Bits) + 1);
        for (var i = had; i < _blocks.Length; i++)
            _blocks[i] = new T[Size];
    }
}
