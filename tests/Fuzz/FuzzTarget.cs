namespace Orleans.Chat.Fuzz;

/// <summary>What became of an input.</summary>
internal enum Reading
{
    /// <summary>It was what it should be.</summary>
    Taken,

    /// <summary>It was refused in the way that the contract has for it.</summary>
    Refused,
}

/// <summary>A valid input: the file's name in the corpus, and its bytes.</summary>
internal sealed record Seed(string Name, byte[] Bytes);

/// <summary>Something of the server that reads bytes of others.</summary>
internal abstract class FuzzTarget
{
    /// <summary>On the command line, and of its folders.</summary>
    public abstract string Name { get; }

    /// <summary>Reads an input. Throws for nothing but a bug: what the contract refuses is <see cref="Reading.Refused"/>.</summary>
    public abstract Reading Read(ReadOnlyMemory<byte> input);

    /// <summary>Valid inputs, made by what makes them in the server and its clients.</summary>
    public abstract IEnumerable<Seed> Seeds();
}
