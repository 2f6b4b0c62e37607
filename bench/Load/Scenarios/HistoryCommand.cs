using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using Orleans.Chat.Load.Measuring;
using Orleans.Chat.Load.Population;
using Orleans.Chat.Load.Reports;
using Spectre.Console;
using Spectre.Console.Cli;

namespace Orleans.Chat.Load.Scenarios;

internal sealed class HistorySettings : LoadSettings
{
    [CommandOption("--messages <N>")]
    [Description("The size of the archive, over all its chats")]
    [DefaultValue(1_000_000)]
    public int Messages { get; init; } = 1_000_000;

    [CommandOption("--archive <FILE>")]
    [Description("Where the reader of the archive is kept: a run that finds it there reads the same archive and writes none")]
    public string? Archive { get; init; }

    [CommandOption("--chats <N>")]
    [DefaultValue(100)]
    public int Chats { get; init; } = 100;

    [CommandOption("--page <N>")]
    [DefaultValue(50)]
    public int Page { get; init; } = 50;

    [CommandOption("--random")]
    [Description("Pages before a message anywhere in the archive; without it the newest pages")]
    public bool Random { get; init; }

    [CommandOption("--at-once <N>")]
    [DefaultValue(16)]
    public int AtOnce { get; init; } = 16;
}

/* Pages of an archive that is written into the database beside the server, by psql: a million sends would measure sends. So it needs --cluster. */
[Description("Pages of history from a large archive")]
internal sealed class HistoryCommand : AsyncCommand<HistorySettings>
{
    public override async Task<int> ExecuteAsync(CommandContext context, HistorySettings settings, CancellationToken cancellationToken)
    {
        if (settings.Cluster is null)
            throw new InvalidOperationException("history needs --cluster: the archive is written into its database.");
        var (processes, servers) = settings.Resolve();
        var each = settings.Messages / settings.Chats;
        var reader = await ReaderAsync(settings, servers, each, cancellationToken);

        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = settings.AtOnce * 2 });
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", reader.Token);
        long bytes = 0;
        async Task PageAsync(int number)
        {
            var chat = number % settings.Chats;
            var before = settings.Random ? "&before=" + MessageId(System.Random.Shared.Next(settings.Page + 1, each)) : "";
            var uri = new Uri(servers[0], $"/api/v1/chats/{reader.Id}-{chat}/messages?limit={settings.Page}{before}");
            var page = await http.GetByteArrayAsync(uri, cancellationToken);
            Interlocked.Add(ref bytes, page.Length);
        }
        await PageAsync(0);
        bytes = 0;
        var name = settings.Random ? "history, random pages" : "history, newest pages";
        var result = await new ClosedLoop(settings, processes).RunAsync(name, "pages", settings.AtOnce, PageAsync);
        result.Figures["archive_messages"] = settings.Messages;
        Summary.Show(result);
        if (settings.Out is { } file)
            result.Write(file);
        return 0;
    }

    private static string MessageId(int seq) => $"00000000-0000-7000-8000-{seq.ToString("x12", CultureInfo.InvariantCulture)}";

    private static async Task<LoadUser> ReaderAsync(
        HistorySettings settings,
        IReadOnlyList<Uri> servers,
        int each,
        CancellationToken cancellationToken
    )
    {
        if (settings.Archive is { } kept && File.Exists(kept))
            return UserFile.Read(kept, servers)[0];
        using var target = new ChatServer(servers);
        var reader = (await target.UsersAsync(1, cancellationToken))[0];
        await WriteArchiveAsync(settings, reader.Id, each);
        if (settings.Archive is { } file)
            UserFile.Write(file, [reader]);
        return reader;
    }

    private static async Task WriteArchiveAsync(HistorySettings settings, string reader, int each)
    {
        using var cluster = JsonDocument.Parse(await File.ReadAllTextAsync(settings.Cluster!));
        var dsn = cluster.RootElement.GetProperty("postgres").GetProperty("dsn").GetString()!;
        var script = Path.Combine(AppContext.BaseDirectory, "archive.sql");
        string[] arguments =
        [
            dsn,
            "-q",
            "-v",
            "ON_ERROR_STOP=1",
            "-v",
            $"reader={reader}",
            "-v",
            $"chats={settings.Chats}",
            "-v",
            $"each={each}",
            "-v",
            $"bytes={settings.Bytes}",
            "-f",
            script,
        ];
        AnsiConsole.WriteLine($"writing an archive of {settings.Messages} messages");
        using var psql = Process.Start(new ProcessStartInfo("psql", arguments))!;
        await psql.WaitForExitAsync();
        if (psql.ExitCode != 0)
            throw new InvalidOperationException($"psql ended with {psql.ExitCode}.");
    }
}
