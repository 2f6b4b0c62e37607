namespace Orleans.Chat.Support;

/// <summary>A folder of one test run, open to the user that PostgreSQL runs as.</summary>
public sealed class TestFolder
{
    public TestFolder(string what)
    {
        Path = System.IO.Path.Combine("/var/tmp", $"orleans-chat-{what}-{Guid.CreateVersion7():N}");
        Directory.CreateDirectory(Path);
    }

    public string Path { get; }

    public void Delete() => Directory.Delete(Path, recursive: true);
}
