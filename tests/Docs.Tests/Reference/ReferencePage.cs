namespace Orleans.Chat.Docs.Tests.Reference;

/// <summary>A page below <c>docs/reference</c> that is made from the code: held equal to it, or written anew on demand.</summary>
internal static class ReferencePage
{
    private static bool Writes => Environment.GetEnvironmentVariable("UPDATE_DOCS") == "true";

    public static void ShouldBe(string name, string made)
    {
        var file = Path.Combine(Documents.Root, "docs/reference", name);
        if (Writes)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, made);
        }
        File.Exists(file).ShouldBeTrue("Make it: " + Command);
        File.ReadAllText(file).ShouldBe(made, "The code has changed. Make the page anew: " + Command);
    }

    /// <summary>A cell of a table: no line ends, no bars.</summary>
    public static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).ReplaceLineEndings(" ");

    public const string Command = "UPDATE_DOCS=true dotnet run --project tests/Docs.Tests -- -class \"*Reference*\"";
}
