using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Chat.Grains.Delivery;

namespace Orleans.Chat.Grains.Users;

internal static class AccountsHosting
{
    /// <summary>What accounts and the directory need beside the stores, a publisher and a clock.</summary>
    public static IServiceCollection AddAccounts(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<TokenOptions, TokenOptionsValidator>().BindConfiguration(TokenOptions.Section);
        services.AddSingleton<IValidateOptions<TokenOptions>, SigningKeyFileValidator>();
        services.AddSingleton<TokenSigner>();
        services.AddSingleton<Passwords>();
        services.TryAddSingleton<UserNotifier>();
        return services;
    }
}
