using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Orleans.Chat.Grains.Users;

/* Password hashes in ASP.NET Core Identity's format. One hash is tens of milliseconds of a core, so they run beside the grains' threads and no
 * more of them at once than there are cores. A user that is not there costs the same as a wrong password: a hash of nobody's is checked. */
internal sealed class Passwords : IDisposable
{
    private readonly PasswordHasher<Passwords> _hasher;
    private readonly SemaphoreSlim _cores = new(Environment.ProcessorCount);
    private readonly Lazy<string> _nobodys;

    public Passwords(IOptions<TokenOptions> options)
    {
        _hasher = new PasswordHasher<Passwords>(
            Options.Create(new PasswordHasherOptions { IterationCount = options.Value.PasswordIterations })
        );
        _nobodys = new Lazy<string>(() => _hasher.HashPassword(this, "nobody's"));
    }

    public Task<string> HashAsync(string password) => OnCoreAsync(() => _hasher.HashPassword(this, password));

    /// <summary>Checks a password; a null hash is never right, and takes as long.</summary>
    public async Task<PasswordCheck> CheckAsync(string? hash, string password)
    {
        var result = await OnCoreAsync(() => _hasher.VerifyHashedPassword(this, hash ?? _nobodys.Value, password));
        if (hash is null || result == PasswordVerificationResult.Failed)
            return PasswordCheck.Wrong;
        return result == PasswordVerificationResult.SuccessRehashNeeded ? PasswordCheck.RightButOld : PasswordCheck.Right;
    }

    public void Dispose() => _cores.Dispose();

    private async Task<T> OnCoreAsync<T>(Func<T> work)
    {
        await _cores.WaitAsync();
        try
        {
            return await Task.Run(work);
        }
        finally
        {
            _cores.Release();
        }
    }
}

internal enum PasswordCheck
{
    Wrong,
    Right,

    /// <summary>Right, and its hash is of an older making: hash it again.</summary>
    RightButOld,
}
