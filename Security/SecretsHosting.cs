using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.CommandLine;
using Microsoft.Extensions.Hosting;

namespace Orleans.Chat.Security;

/// <summary>Where secrets may come from, and which are none.</summary>
public static class SecretsHosting
{
    /// <summary>
    /// Adds the files of <see cref="SecretsOptions.Directory"/> to the configuration, and looks at the secrets in it. To be called before anything
    /// reads the configuration.
    /// </summary>
    /// <exception cref="InvalidOperationException">
    /// The folder is missing, a secret was given on the command line, or one is a known default outside Development. The message names the
    /// setting and never its value.
    /// </exception>
    public static WebApplicationBuilder AddSecrets(this WebApplicationBuilder builder)
    {
        RefuseCommandLine(builder.Configuration);
        var directory = builder.Configuration.GetSection(SecretsOptions.Section).Get<SecretsOptions>()?.Directory ?? "";
        if (directory.Length > 0)
        {
            if (!Directory.Exists(directory))
                throw new InvalidOperationException($"Secrets:Directory: there is no folder '{directory}'.");
            builder.Configuration.AddKeyPerFile(Path.GetFullPath(directory), optional: false);
        }
        if (!builder.Environment.IsDevelopment() && KnownSecrets.In(builder.Configuration).ToArray() is { Length: > 0 } known)
        {
            throw new InvalidOperationException(
                $"{string.Join(" and ", known)}: the password is a default that everybody knows, a placeholder, or the user's name. "
                    + "Such a one is taken in Development only."
            );
        }
        return builder;
    }

    // Every user of the machine can read it, and shells keep it.
    private static void RefuseCommandLine(IConfigurationRoot configuration)
    {
        var given = configuration
            .Providers.OfType<CommandLineConfigurationProvider>()
            .SelectMany(p => KnownSecrets.Settings.Where(s => p.TryGet(s, out _)))
            .FirstOrDefault();
        if (given is not null)
            throw new InvalidOperationException($"{given} is a secret: set it in the environment or in a file, not on the command line.");
    }
}
