using System.Diagnostics;
using YamlDotNet.RepresentationModel;

namespace Orleans.Chat.Architecture.Tests;

/// <summary>The chart, rendered by Helm itself.</summary>
internal static class Helm
{
    private static string Chart => Path.Combine(Repository.Root, "deploy/helm/orleans-chat");

    /// <summary>The manifests with some values set.</summary>
    public static async Task<List<YamlMappingNode>> RenderAsync(CancellationToken cancellationToken, params string[] values)
    {
        var start = new ProcessStartInfo(Program())
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in (string[])["template", "release", Chart, .. values.SelectMany(v => (string[])["--set", v])])
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var (output, errors) = (
            process.StandardOutput.ReadToEndAsync(cancellationToken),
            process.StandardError.ReadToEndAsync(cancellationToken)
        );
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
            throw new InvalidOperationException(await errors);
        var yaml = new YamlStream();
        yaml.Load(new StringReader(await output));
        return [.. yaml.Documents.Select(d => d.RootNode).OfType<YamlMappingNode>()];
    }

    /// <summary>All environment variables of one Deployment, those from ConfigMaps among them.</summary>
    public static IEnumerable<string> Variables(IReadOnlyCollection<YamlMappingNode> manifests, string component) =>
        Containers(manifests, component)
            .SelectMany(c =>
                Each(c, "env")
                    .Select(e => Text(e, "name"))
                    .Concat(Each(c, "envFrom").SelectMany(from => Keys(manifests, Text((YamlMappingNode)from["configMapRef"], "name"))))
            );

    /// <summary>Each file of a Secret that a component's pods have, below where they are mounted.</summary>
    public static IEnumerable<(string Secret, string Path)> SecretFiles(IEnumerable<YamlMappingNode> manifests, string component) =>
        Each(Pod(Deployment(manifests, component)), "volumes")
            .Where(v => v.Children.ContainsKey("projected"))
            .SelectMany(v => Each((YamlMappingNode)v["projected"], "sources"))
            .Select(s => (YamlMappingNode)s["secret"])
            .SelectMany(s => Each(s, "items").Select(i => (Text(s, "name"), Text(i, "path"))));

    /// <summary>The values of a component's ConfigMap.</summary>
    public static IEnumerable<string> Settings(IEnumerable<YamlMappingNode> manifests, string component) =>
        (
            (YamlMappingNode)
                manifests.Single(m => Text(m, "kind") == "ConfigMap" && Name(m).EndsWith($"-{component}", StringComparison.Ordinal))["data"]
        ).Children.Values.Select(v => ((YamlScalarNode)v).Value ?? "");

    /// <summary>The Deployment of a silo or gateway.</summary>
    public static YamlMappingNode Deployment(IEnumerable<YamlMappingNode> manifests, string component) =>
        manifests.Single(m => Text(m, "kind") == "Deployment" && Name(m).EndsWith($"-{component}", StringComparison.Ordinal));

    /// <summary>Where a pod's definition begins.</summary>
    public static YamlMappingNode Pod(YamlMappingNode deployment) => (YamlMappingNode)deployment["spec"]["template"]["spec"];

    /// <summary>A value as text.</summary>
    public static string Text(YamlNode node, string key) => ((YamlScalarNode)node[key]).Value ?? "";

    public static string Name(YamlMappingNode manifest) => Text(manifest["metadata"], "name");

    private static IEnumerable<YamlMappingNode> Containers(IEnumerable<YamlMappingNode> manifests, string component) =>
        Each(Pod(Deployment(manifests, component)), "containers");

    private static IEnumerable<YamlMappingNode> Each(YamlMappingNode node, string key) =>
        node.Children.TryGetValue(key, out var list) ? ((YamlSequenceNode)list).OfType<YamlMappingNode>() : [];

    private static IEnumerable<string> Keys(IEnumerable<YamlMappingNode> manifests, string configMap) =>
        ((YamlMappingNode)manifests.Single(m => Text(m, "kind") == "ConfigMap" && Name(m) == configMap)["data"]).Children.Keys.Select(k =>
            ((YamlScalarNode)k).Value ?? ""
        );

    private static string Program()
    {
        var own = Path.Combine(Repository.Root, "artifacts/tools/helm/helm");
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        return folders.Select(f => Path.Combine(f, "helm")).Prepend(own).FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException("There is no helm: ./test.sh gets it once, into artifacts/tools.");
    }
}
