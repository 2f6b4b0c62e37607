namespace Orleans.Chat.Fuzz;

/// <summary>The inputs that are kept: valid ones in <c>corpus/TARGET</c>, and in <c>found/TARGET</c> each that once showed a bug.</summary>
internal static class InputFiles
{
    private static readonly string Folder = Path.Combine(Root(), "tests", "Fuzz");

    /// <summary>The valid inputs of a target, by name.</summary>
    public static IReadOnlyList<Seed> Corpus(string target) => In(CorpusOf(target));

    /// <summary>What once showed a bug of a target, by name.</summary>
    public static IReadOnlyList<Seed> Found(string target) => In(Path.Combine(Folder, "found", target));

    /// <summary>Writes a target's corpus anew.</summary>
    public static void WriteCorpus(FuzzTarget target)
    {
        var folder = CorpusOf(target.Name);
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        Directory.CreateDirectory(folder);
        foreach (var seed in target.Seeds())
            File.WriteAllBytes(Path.Combine(folder, seed.Name), seed.Bytes);
    }

    private static string CorpusOf(string target) => Path.Combine(Folder, "corpus", target);

    private static Seed[] In(string folder) =>
        Directory.Exists(folder)
            ? [.. Directory.GetFiles(folder).Order(StringComparer.Ordinal).Select(f => new Seed(Path.GetFileName(f), File.ReadAllBytes(f)))]
            : [];

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Orleans.Chat.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException("Orleans.Chat.sln is in no folder above the program.");
        return folder.FullName;
    }
}
