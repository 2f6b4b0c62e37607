using System.Diagnostics;

namespace Orleans.Chat.Architecture.Tests.SupplyChain;

/* deploy/audit.sh with a `dotnet` that prints recorded answers: advisories are not to be had on every machine, and what the script makes of
 * them must hold on those where they are. */

/// <summary>What the audit says of an answer with, without and about advisories.</summary>
public sealed class AuditTests : IDisposable
{
    private const string FakeDotnet = """
        #!/bin/sh
        case "$*" in
          restore*) exit "$RESTORE" ;;
          list*canary.csproj*) cat "$ANSWERS/$CANARY.json" ;;
          list*Orleans.Chat.sln*) cat "$ANSWERS/$OURS.json" && [ "$OURS" != problem ] ;;
          *) echo "not expected: $*" >&2; exit 70 ;;
        esac
        """;

    private readonly string _bin = Directory.CreateTempSubdirectory("orleans-chat-audit-").FullName;

    public AuditTests()
    {
        var dotnet = Path.Combine(_bin, "dotnet");
        File.WriteAllText(dotnet, FakeDotnet);
        File.SetUnixFileMode(dotnet, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    public void Dispose() => Directory.Delete(_bin, recursive: true);

    [Theory]
    [InlineData("canary-flagged", "ours-clean", "", 0, "audit: clean")]
    [InlineData("canary-flagged", "ours-clean", "--strict", 0, "audit: clean")]
    [InlineData("canary-flagged", "ours-found", "", 1, "audit: findings")]
    [InlineData("canary-flagged", "ours-found", "--strict", 1, "audit: findings")]
    [InlineData("canary-flagged", "problem", "", 2, "audit: failed")]
    [InlineData("canary-clean", "ours-clean", "", 0, "audit: no data")]
    [InlineData("canary-clean", "ours-clean", "--strict", 3, "audit: no data")]
    // Another package's advisory is not the canary's.
    [InlineData("ours-found", "ours-clean", "--strict", 3, "audit: no data")]
    public async Task An_answer_is_told_for_what_it_is(string canary, string ours, string option, int code, string verdict)
    {
        var run = await AuditAsync(canary, ours, option);

        run.Output.ShouldContain(verdict);
        run.Code.ShouldBe(code, run.Output);
    }

    [Fact]
    public async Task Without_the_canary_there_is_no_data() =>
        (await AuditAsync("canary-flagged", "ours-clean", "--strict", restore: 1)).ShouldSatisfyAllConditions(
            run => run.Code.ShouldBe(3),
            run => run.Output.ShouldContain("audit: no data")
        );

    [Fact]
    public async Task Findings_name_severity_package_version_advisory_and_project()
    {
        var (_, output) = await AuditAsync("canary-flagged", "ours-found", "");

        output
            .Split('\n')
            .ShouldBe(
                [
                    "audit: findings",
                    "High MessagePack 2.5.100 https://github.com/advisories/GHSA-4qm4-8hg2-g2xm Gateway.csproj",
                    "Moderate Npgsql 8.0.0 https://github.com/advisories/GHSA-x9vc-6hfv-hg8c Storage.csproj",
                    "",
                ],
                ignoreOrder: false
            );
    }

    private async Task<(int Code, string Output)> AuditAsync(string canary, string ours, string option, int restore = 0)
    {
        var start = new ProcessStartInfo(Path.Combine(Repository.Root, "deploy", "audit.sh"), option)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = $"{_bin}:{Environment.GetEnvironmentVariable("PATH")}";
        start.Environment["ANSWERS"] = Path.Combine(Repository.Root, "tests/Architecture.Tests/SupplyChain/answers");
        start.Environment["CANARY"] = canary;
        start.Environment["OURS"] = ours;
        start.Environment["RESTORE"] = $"{restore}";
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output + await errors);
    }
}
