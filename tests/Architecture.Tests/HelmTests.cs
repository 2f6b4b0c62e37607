using System.Globalization;
using YamlDotNet.RepresentationModel;

namespace Orleans.Chat.Architecture.Tests;

/* The chart and the code meet in names of environment variables, which no compiler compares. */
public sealed class HelmTests
{
    private static readonly string[] Everything =
    [
        "auth.signingKeySecret=key",
        "gateway.ingress.enabled=true",
        "gateway.autoscaling.enabled=true",
        "silo.options.Chat.Tail=200",
        "tls.cluster.existingSecret=cluster-tls",
        "tls.cluster.peerName=orleans-chat.internal",
        "tls.gateway.existingSecret=gateway-tls",
        "tls.postgres.existingSecret=postgres-ca",
        "tls.redis.existingSecret=redis-tls",
        "tls.redis.certificate=tls.crt",
        "tls.redis.key=tls.key",
    ];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("silo")]
    [InlineData("gateway")]
    public async Task The_code_reads_every_variable_that_the_chart_sets(string component)
    {
        var variables = Helm.Variables(await Helm.RenderAsync(Ct, Everything), component).ToList();

        variables.Count.ShouldBeGreaterThan(4, "the scan finds variables");
        variables.Where(v => !OptionsInCode.Knows(v)).ShouldBeEmpty("No option of the code has this name.");
        variables.ShouldBeUnique();
    }

    [Fact]
    public async Task A_made_up_variable_is_seen()
    {
        var manifests = await Helm.RenderAsync(Ct, "silo.options.Chat.NoSuchThing=1");

        Helm.Variables(manifests, "silo").Where(v => !OptionsInCode.Knows(v)).ShouldBe(["Chat__NoSuchThing"]);
    }

    [Theory]
    [InlineData("NoSuchSection__Tail", false)]
    [InlineData("Chat__Tail__Deeper", false)]
    [InlineData("CHAT_TAIL", false)]
    [InlineData("ConnectionStrings__Typo", false)]
    [InlineData("Chat__Tail", true)]
    [InlineData("ConnectionStrings__Redis", true)]
    public void A_variable_is_known_by_its_section_and_its_property(string variable, bool known) =>
        OptionsInCode.Knows(variable).ShouldBe(known);

    [Fact]
    public async Task Values_reach_the_processes_as_options()
    {
        var manifests = await Helm.RenderAsync(Ct, "options.Logging.LogLevel.Default=Debug", "silo.options.Chat.Tail=1000000");

        Helm.Variables(manifests, "silo").ShouldContain("Logging__LogLevel__Default");
        Helm.Variables(manifests, "gateway").ShouldContain("Logging__LogLevel__Default");
        Helm.Variables(manifests, "gateway").ShouldNotContain("Chat__Tail");
        var silo = manifests.Single(m => Helm.Text(m, "kind") == "ConfigMap" && Helm.Name(m).EndsWith("-silo", StringComparison.Ordinal));
        Helm.Text(silo["data"], "Chat__Tail").ShouldBe("1000000");
    }

    [Fact]
    public async Task Only_silos_get_the_database_secret()
    {
        var manifests = await Helm.RenderAsync(Ct, Everything);

        Helm.SecretFiles(manifests, "silo").ShouldContain(("orleans-chat-postgres", "settings/ConnectionStrings__Postgres"));
        Helm.SecretFiles(manifests, "silo").ShouldContain(("key", "signing-key.pem"));
        Helm.SecretFiles(manifests, "gateway")
            .Select(f => f.Secret)
            .Distinct()
            .ShouldBe(["orleans-chat-redis", "redis-tls", "cluster-tls", "gateway-tls"], ignoreOrder: true);
    }

    [Theory]
    [InlineData("silo")]
    [InlineData("gateway")]
    public async Task Secrets_are_files_and_every_file_that_a_variable_names_is_mounted(string component)
    {
        const string Mount = "/run/secrets/orleans-chat/";
        var manifests = await Helm.RenderAsync(Ct, Everything);
        var files = Helm.SecretFiles(manifests, component).Select(f => f.Path).ToList();

        var pod = Helm.Pod(Helm.Deployment(manifests, component)).ToString();
        pod.ShouldContain("configMapRef", customMessage: "the whole of it is looked at");
        pod.ShouldNotContain("secretKeyRef");
        var named = Helm.Settings(manifests, component).Where(s => s.StartsWith(Mount, StringComparison.Ordinal)).ToList();
        named.Count.ShouldBeGreaterThan(5);
        named.Remove(Mount + "settings").ShouldBeTrue();
        named.ShouldBeSubsetOf(files.Select(f => Mount + f));
        files
            .Where(f => f.StartsWith("settings/", StringComparison.Ordinal))
            .Where(f => !OptionsInCode.Knows(f["settings/".Length..]))
            .ShouldBeEmpty();
    }

    [Fact]
    public async Task A_gateway_with_a_certificate_serves_https_alone_to_others()
    {
        var manifests = await Helm.RenderAsync(Ct, Everything);

        var service = manifests.Single(m =>
            Helm.Text(m, "kind") == "Service" && Helm.Name(m).EndsWith("-gateway", StringComparison.Ordinal)
        );
        var port = ((YamlSequenceNode)service["spec"]["ports"]).ShouldHaveSingleItem();
        Helm.Text(port, "targetPort").ShouldBe("https");
        Helm.Variables(manifests, "gateway").ShouldNotContain("Urls");
        Helm.Variables(await Helm.RenderAsync(Ct), "gateway").ShouldContain("Urls");
    }

    [Theory]
    [InlineData("silo")]
    [InlineData("gateway")]
    public async Task Pods_run_as_nobody_on_a_filesystem_that_is_read_only(string component)
    {
        var pod = Helm.Pod(Helm.Deployment(await Helm.RenderAsync(Ct), component));
        var container = ((YamlSequenceNode)pod["containers"]).ShouldHaveSingleItem();

        Helm.Text(pod["securityContext"], "runAsNonRoot").ShouldBe("true");
        Helm.Text(container["securityContext"], "readOnlyRootFilesystem").ShouldBe("true");
        Helm.Text(container["securityContext"], "allowPrivilegeEscalation").ShouldBe("false");
        foreach (var probe in (string[])["startupProbe", "livenessProbe", "readinessProbe"])
            Helm.Text(container[probe]["httpGet"], "path").ShouldStartWith("/health/");
    }

    [Fact]
    public async Task A_gateway_is_given_the_time_to_drain()
    {
        var pod = Helm.Pod(Helm.Deployment(await Helm.RenderAsync(Ct, "gateway.drainSeconds=25"), "gateway"));

        int.Parse(Helm.Text(pod, "terminationGracePeriodSeconds"), CultureInfo.InvariantCulture).ShouldBeGreaterThanOrEqualTo(40);
        await Should.ThrowAsync<InvalidOperationException>(() => Helm.RenderAsync(Ct, "gateway.drainSeconds=31"));
    }

    [Theory]
    [InlineData("nope=1")]
    [InlineData("silo.replicas=3")]
    [InlineData("gateway.ingress.hosts=x")]
    public async Task A_misspelt_value_is_refused(string value) =>
        await Should.ThrowAsync<InvalidOperationException>(() => Helm.RenderAsync(Ct, value));

    [Fact]
    public void Sections_of_the_code_are_found() =>
        new[] { "Cluster", "Storage", "Chat", "Delivery" }.ShouldBeSubsetOf(OptionsInCode.Sections.Keys);

    /// <summary>Said and not held to: any section can be set through <c>options</c>, and most need not be.</summary>
    [Fact]
    public void Sections_are_mentioned_in_the_chart_or_the_docs()
    {
        var files = Repository.Files("*", "deploy/helm").Concat(Repository.Files("*.md")).Select(File.ReadAllText).ToList();
        foreach (var section in OptionsInCode.Sections.Keys.Where(s => !files.Exists(f => f.Contains(s, StringComparison.Ordinal))))
            TestContext.Current.AddWarning($"Options of section {section} are in neither the chart nor the docs.");
    }
}
