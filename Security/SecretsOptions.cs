namespace Orleans.Chat.Security;

/// <summary>Settings that come as files. Section: <c>Secrets</c>.</summary>
public sealed class SecretsOptions
{
    public const string Section = "Secrets";

    /// <summary>
    /// A folder with a file for each setting that is not to be in the environment, named as there: <c>ConnectionStrings__Postgres</c>. What a file
    /// says wins. Read at the start. A file's name that begins with <c>ignore.</c> is none.
    /// </summary>
    public string Directory { get; set; } = "";
}
