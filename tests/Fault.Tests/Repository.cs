namespace Orleans.Chat.FaultTests;

/// <summary>The sources that this was built from.</summary>
internal static class Repository
{
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    private static string Find(string folder) =>
        File.Exists(Path.Combine(folder, "Orleans.Chat.sln"))
            ? folder
            : Find(
                Path.GetDirectoryName(folder.TrimEnd('/'))
                    ?? throw new InvalidOperationException("There is no Orleans.Chat.sln above this program.")
            );
}
