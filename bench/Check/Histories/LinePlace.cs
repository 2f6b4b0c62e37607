namespace Orleans.Chat.Check.Histories;

/// <summary>Where a line is: the number of its file among those given, and its own, from 1. The default is no line.</summary>
internal readonly record struct LinePlace
{
    private const int LineBits = 48;

    private readonly long _packed;

    public LinePlace(int file, long line) => _packed = ((long)file << LineBits) | line;

    public int File => (int)(_packed >> LineBits);

    public long Line => _packed & ((1L << LineBits) - 1);

    public bool IsNone => _packed == 0;
}
