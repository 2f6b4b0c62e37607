using Orleans.Chat.Support;

namespace Orleans.Chat.RecoveryTests;

/// <summary>What <c>archive_command</c> must never do: lose a file, show half of one, or replace one.</summary>
public sealed class ArchiveCommandTests : IDisposable
{
    private const string Name = "000000010000000000000007";
    private const string NoServer = "Host=127.0.0.1;Port=1;Username=x;Password=x;Database=x";

    private readonly TestFolder _folder = new("archive");

    public ArchiveCommandTests() => Directory.CreateDirectory(Target);

    private string Target => Path.Combine(_folder.Path, "log");

    private string Source => Path.Combine(_folder.Path, "source");

    public void Dispose() => _folder.Delete();

    [Fact]
    public async Task A_file_is_there_whole_and_alone()
    {
        (await ArchiveAsync("one")).ExitCode.ShouldBe(0);

        Directory.EnumerateFileSystemEntries(Target).Select(Path.GetFileName).ShouldBe([Name]);
        (await File.ReadAllTextAsync(Path.Combine(Target, Name), TestContext.Current.CancellationToken)).ShouldBe("one");
    }

    [Fact]
    public async Task The_same_file_again_is_success()
    {
        await ArchiveAsync("one");

        (await ArchiveAsync("one")).ExitCode.ShouldBe(0);
        Directory.EnumerateFileSystemEntries(Target).Select(Path.GetFileName).ShouldBe([Name]);
    }

    [Fact]
    public async Task Another_file_under_the_same_name_is_refused_and_the_first_stays()
    {
        await ArchiveAsync("one");

        var second = await ArchiveAsync("another");
        second.ExitCode.ShouldBe(1);
        second.Errors.ShouldContain("is in");
        (await File.ReadAllTextAsync(Path.Combine(Target, Name), TestContext.Current.CancellationToken)).ShouldBe("one");
        Directory.EnumerateFileSystemEntries(Target).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Without_the_archive_it_fails_and_makes_none()
    {
        Directory.Delete(Target);

        (await ArchiveAsync("one")).ExitCode.ShouldNotBe(0);
        Directory.Exists(Target).ShouldBeFalse();
    }

    private async Task<ScriptRun> ArchiveAsync(string content)
    {
        await File.WriteAllTextAsync(Source, content);
        return await Script.RunAsync("archive.sh", NoServer, Target, Source, Name);
    }
}
