using System.Text.Json;
using Orleans.Chat.LocalCluster;
using Orleans.Chat.Support;

namespace Orleans.Chat.Docs.Tests;

/// <summary>Fences marked <c>bash run</c> are executed as they stand, a page's in their order, against a server that was just started.</summary>
public sealed class FenceTests
{
    private const int PortOfThePages = 5080;

    public static TheoryData<string> PagesThatRun => [.. Documents.All.Where(d => Documents.Fences(d, "bash run").Count > 0)];

    [Theory, MemberData(nameof(PagesThatRun))]
    public async Task A_page_that_runs_gets_no_error_from_the_server(string page)
    {
        var run = await RunAsync(page);
        run.ExitCode.ShouldBe(0, run.Errors);
        run.Requests.ShouldNotBeEmpty();
        run.Requests.ShouldAllBe(r => r.StartsWith('2'), run.Output);
    }

    [Fact]
    public async Task The_two_calls_of_the_readme_answer_what_it_promises()
    {
        var run = await RunAsync("README.md");

        run.Requests.Select(r => string.Join(' ', r.Split(' ')[..2]) + new Uri(r.Split(' ')[2]).PathAndQuery)
            .ShouldBe([
                "201 POST/api/v1/auth/register",
                "201 POST/api/v1/auth/register",
                "201 POST/api/v1/chats",
                "201 POST/api/v1/messages",
                "200 GET/api/v1/chats/chat123/messages?limit=50&type=all",
            ]);
        var answers = JsonsOf(run.Output);
        var (sent, page) = (answers[^2], answers[^1].GetProperty("messages"));
        sent.GetProperty("status").GetString().ShouldBe("sent");
        var message = page.EnumerateArray().Last();
        message.GetProperty("message_id").GetString().ShouldBe(sent.GetProperty("message_id").GetString());
        message.GetProperty("content").GetString().ShouldBe("Hello!");
        message.GetProperty("metadata").GetProperty("mentions")[0].GetString().ShouldBe("bob");
    }

    /// <summary>Who tries it and presses Ctrl-C is not to be shown pages of what went wrong.</summary>
    [Fact]
    public async Task What_the_readme_was_run_against_ends_without_a_warning()
    {
        await using var server = new StandaloneServer();
        await server.StartAsync();
        var fences = string.Join('\n', Documents.Fences("README.md", "bash run"));
        (await Shell.RunAsync(fences, ("api", new Uri(server.Url, "api/v1").ToString()))).ExitCode.ShouldBe(0);

        var before = (await File.ReadAllLinesAsync(server.Process.LogFile, TestContext.Current.CancellationToken)).Length;

        (await server.StopAsync()).ShouldBe(0);

        // Of its start the runtime may complain on a busy machine: its watchdog counts from when the machine came up.
        var log = (await File.ReadAllLinesAsync(server.Process.LogFile, TestContext.Current.CancellationToken))[before..];
        log.ShouldContain("      Orleans Silo stopped.");
        log.Where(l => l.StartsWith("warn:", StringComparison.Ordinal) || l.StartsWith("fail:", StringComparison.Ordinal))
            .ShouldBeEmpty(string.Join('\n', log));
    }

    private static async Task<ShellRun> RunAsync(string page)
    {
        var free = FreePorts.IsFree(PortOfThePages);
        await using var server = free ? new StandaloneServer(PortOfThePages) : new StandaloneServer();
        await server.StartAsync();
        // A page says api=${api:-http://localhost:5080/api/v1}: where that port is taken, another is told.
        return await Shell.RunAsync(
            string.Join('\n', Documents.Fences(page, "bash run")),
            ("api", free ? "" : new Uri(server.Url, "api/v1").ToString())
        );
    }

    // curl puts one answer behind the other.
    private static List<JsonElement> JsonsOf(string output)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(output);
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { AllowMultipleValues = true });
        List<JsonElement> all = [];
        while (reader.Read())
            all.Add(JsonElement.ParseValue(ref reader));
        return all;
    }
}
