using Orleans.Chat.Support;

namespace Orleans.Chat.Docs.Tests.Reference;

public sealed class MetricsReferenceTests
{
    private static readonly IReadOnlyList<Metric> Metrics = MetricsReference.Read();

    [Fact]
    public void The_page_is_what_the_code_says() => ReferencePage.ShouldBe("metrics.md", MetricsReference.Render(Metrics));

    [Fact]
    public void Every_instrument_says_what_it_counts_and_in_what()
    {
        Metrics.Count.ShouldBeGreaterThan(20);
        Metrics
            .Where(m => string.IsNullOrEmpty(m.Instrument.Description) || string.IsNullOrEmpty(m.Instrument.Unit))
            .Select(m => m.Name)
            .ShouldBeEmpty();
        Metrics.Where(m => !m.Name.StartsWith("orleans_chat_", StringComparison.Ordinal)).Select(m => m.Name).ShouldBeEmpty();
    }

    [Fact]
    public void Instruments_are_made_by_classes_of_metrics_alone() =>
        Documents
            .Sources.Where(s => !s.Key.StartsWith("tests/", StringComparison.Ordinal))
            .Where(s => !s.Key.EndsWith("Metrics.cs", StringComparison.Ordinal))
            .Where(s =>
                s.Value.Contains(".CreateCounter<", StringComparison.Ordinal)
                || s.Value.Contains(".CreateHistogram<", StringComparison.Ordinal)
            )
            .Select(s => s.Key)
            .ShouldBeEmpty();

    [Fact]
    public async Task A_running_server_has_no_metric_of_ours_that_the_page_does_not_name()
    {
        await using var server = new StandaloneServer();
        await server.StartAsync();
        await using var alice = new RawClient(server.Url);
        await alice.RegisterAsync("alice");
        await using var hub = await alice.ConnectAsync();
        var chat = await alice.PostAsync("chats", new { type = "group", name = "Us" });
        var body = new
        {
            chat_id = chat.Text("chat_id"),
            content = "hello",
            type = "text",
        };
        await hub.InvokeAsync("SendMessage", body);
        await hub.Events.WaitForTypeAsync("message.created");

        var text = await alice.Http.GetStringAsync(new Uri(server.Url, "/metrics"));
        var told = text.Split('\n')
            .Where(l => l.StartsWith("# TYPE ", StringComparison.Ordinal))
            .Select(l => l.Split(' ') is [_, _, var name, var type] ? (name, type) : default)
            .Where(m => m.name.StartsWith("orleans_chat_", StringComparison.Ordinal))
            .ToArray();
        told.Length.ShouldBeGreaterThan(10);
        told.Except(Metrics.Select(m => (m.Name, m.Type))).ShouldBeEmpty();
    }
}
