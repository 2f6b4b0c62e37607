namespace Orleans.Chat.Architecture.Tests;

public sealed class SourceTests
{
    // May only shrink.
    private static readonly string[] Longer = [];

    // In pieces, or this file would be the first to name one.
    private static readonly string[] RegistryHosts =
    [
        Host("api", "nuget", "org"),
        Host("www", "nuget", "org"),
        Host("registry", "npmjs", "org"),
        Host("registry", "yarnpkg", "com"),
        Host("pypi", "org"),
        Host("files", "pythonhosted", "org"),
        Host("deb", "debian", "org"),
        Host("mcr", "microsoft", "com"),
        Host("docker", "io"),
        Host("ghcr", "io"),
        Host("quay", "io"),
        Host("proxy", "golang", "org"),
        Host("static", "crates", "io"),
        Host("repo1", "maven", "org"),
    ];

    private static readonly string[] NotText = [".png", ".ico", ".woff2", ".jpg", ".gz", ".zip", ".db"];

    [Fact]
    public void No_source_file_is_a_giant() =>
        Repository
            .Files("*.cs")
            .Where(f => !Longer.Contains(Repository.Relative(f)))
            .Where(f => File.ReadLines(f).Count() > (Repository.IsTest(f) ? 600 : 500))
            .Select(Repository.Relative)
            .ShouldBeEmpty("Split it by what it does; 50 to 150 lines are usual here.");

    [Fact]
    public void An_exempted_file_needs_its_exemption() =>
        Longer.Where(f => !File.Exists(f) || File.ReadLines(Path.Combine(Repository.Root, f)).Count() <= 500).ShouldBeEmpty();

    [Fact]
    public void No_file_names_a_package_registry() =>
        Repository
            .Files("*")
            .Where(f => !NotText.Contains(Path.GetExtension(f)))
            .SelectMany(f => NamesOf(File.ReadAllText(f)).Select(host => $"{Repository.Relative(f)} names {host}"))
            .ShouldBeEmpty("Where packages come from is the machine's configuration.");

    [Fact]
    public void A_registry_is_seen_when_it_is_named() => NamesOf($"https://{RegistryHosts[2]}/x").ShouldBe([RegistryHosts[2]]);

    private static IEnumerable<string> NamesOf(string text) =>
        RegistryHosts.Where(h => text.Contains(h, StringComparison.OrdinalIgnoreCase));

    private static string Host(params string[] parts) => string.Join('.', parts);
}
