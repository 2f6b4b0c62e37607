namespace Orleans.Chat.Architecture.Tests;

/* Which project may know which. A row is a decision: to add a reference, change the row in the same commit and say why.
 * Tests may reference what they test. */
public sealed class ProjectTests
{
    private static readonly Dictionary<string, string[]> MayReference = new(StringComparer.Ordinal)
    {
        ["Protocol"] = [],
        ["Protocol.MessagePack"] = ["Protocol"],
        ["Client"] = ["Protocol", "Protocol.MessagePack"],
        ["Grains.Interfaces"] = ["Protocol"],
        ["PushStreams"] = [],
        ["Storage"] = ["Protocol"],
        // What silos and gateways alike are told of certificates, secrets and Redis.
        ["Security"] = [],
        ["Grains"] = ["Grains.Interfaces", "Storage", "PushStreams"],
        // No Storage: a gateway has no way to the database.
        ["Gateway"] = ["Grains.Interfaces", "Protocol", "Protocol.MessagePack", "PushStreams", "Security"],
        ["Silo"] = ["Grains", "Security"],
        ["Standalone"] = ["Silo", "Gateway"],
        ["Console"] = ["Client"],
        // It starts the servers' files and must not need to be built with them.
        ["LocalCluster"] = [],
        ["Micro"] = ["Grains", "Gateway", "Storage"],
        // Load knows the wire alone: what it measures must not be what it is made of. Check decides about what it saw.
        ["Load"] = ["Check"],
        ["Limit"] = [],
        // Nor does what judges share anything with what is judged.
        ["Check"] = [],
    };

    private static readonly Dictionary<string, string[]> OnlyIn = new(StringComparer.Ordinal)
    {
        ["Npgsql"] = ["Storage", "Limit"],
        ["Microsoft.Data.Sqlite"] = ["Storage"],
        ["SQLitePCLRaw.bundle_e_sqlite3"] = ["Storage"],
        ["dbup-postgresql"] = ["Storage"],
        ["dbup-sqlite"] = ["Storage"],
        ["Microsoft.Orleans.Server"] = ["Grains", "Silo", "Limit"],
        ["Microsoft.Orleans.Client"] = ["Gateway", "Limit"],
        ["Microsoft.Orleans.Persistence.AdoNet"] = ["Silo"],
        ["Microsoft.Orleans.Persistence.Redis"] = ["Silo"],
        ["Microsoft.Orleans.Connections.Security"] = ["Security"],
        // One place makes connections of settings; the others take what it made.
        ["StackExchange.Redis"] = ["Security"],
        ["Microsoft.Orleans.Clustering.Redis"] = ["Silo", "Gateway"],
        ["MessagePack"] = ["Protocol.MessagePack", "Gateway", "Client", "Limit"],
        ["Microsoft.AspNetCore.SignalR.Client"] = ["Client", "Load"],
        ["Spectre.Console"] = ["Console", "Load", "Check"],
        // Nothing that is shipped: what it runs is rewritten to count its branches.
        ["SharpFuzz"] = [],
    };

    private static readonly string[] SaysNothing = ["Core", "Common", "Shared", "Utils", "Helpers", "Models", "Services"];

    public static TheoryData<string> Projects => [.. Repository.Projects.Where(p => !Repository.IsTest(p.Value)).Select(p => p.Key)];

    [Theory, MemberData(nameof(Projects))]
    public void A_project_references_only_what_its_row_allows(string project)
    {
        MayReference.ShouldContainKey(project, "Give it a row in MayReference.");
        References(project).Except(MayReference[project]).ShouldBeEmpty();
    }

    [Fact]
    public void Every_project_has_a_row() => Projects.Select(p => p.Data).ShouldBeSubsetOf(MayReference.Keys);

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = File.ReadAllText(Path.Combine(Repository.Root, "Orleans.Chat.sln")).Replace('\\', '/');
        Repository.Projects.Values.Select(Repository.Relative).ShouldAllBe(p => solution.Contains($"\"{p}\"", StringComparison.Ordinal));
    }

    [Theory, MemberData(nameof(Projects))]
    public void A_fenced_package_stays_in_its_projects(string project) =>
        Repository
            .Items(project, "PackageReference")
            .Where(p => OnlyIn.TryGetValue(p, out var homes) && !homes.Contains(project))
            .ShouldBeEmpty();

    [Fact]
    public void Nothing_that_is_shipped_references_a_test()
    {
        var tests = Repository.Projects.Where(p => Repository.IsTest(p.Value)).Select(p => p.Key).ToHashSet(StringComparer.Ordinal);
        Projects.Select(p => p.Data).SelectMany(References).Where(tests.Contains).ShouldBeEmpty();
    }

    [Fact]
    public void The_rules_see_the_projects()
    {
        References("Silo").ShouldBe(["Grains", "Security"]);
        Repository.Items("Storage", "PackageReference").ShouldContain("Npgsql");
    }

    [Fact]
    public void No_project_or_folder_has_a_name_that_says_nothing() =>
        Repository
            .Files("*.cs")
            .SelectMany(f => Repository.Relative(f).Split('/')[..^1])
            .Concat(Repository.Projects.Keys)
            .Distinct(StringComparer.Ordinal)
            .Intersect(SaysNothing, StringComparer.OrdinalIgnoreCase)
            .ShouldBeEmpty();

    private static IEnumerable<string> References(string project) =>
        Repository.Items(project, "ProjectReference").Select(r => Path.GetFileNameWithoutExtension(r));
}
