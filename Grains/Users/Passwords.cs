using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Orleans.Chat.Grains.Users;

/* Password hashes in ASP.NET Core Identity's format. One hash is tens of milliseconds of a core, so they run beside the grains' threads and no
 * more of them at once than there are cores; when more wait than callers have patience for, the next is turned away. A user that is not there costs
 * the same as a wrong password: a hash of nobody's is checked. */
internal sealed class Passwords : IDisposable
{
    private const int MaxWaitingPerCore = 32;
    private static readonly int MaxAtOnce = Environment.ProcessorCount * (1 + MaxWaitingPerCore);
    private readonly PasswordHasher<Passwords> _hasher;
    private readonly SemaphoreSlim _cores = new(Environment.ProcessorCount);
    private readonly Lazy<string> _nobodys;
    private int _atOnce;

    public Passwords(IOptions<TokenOptions> options)
    {
        _hasher = new PasswordHasher<Passwords>(
            Options.Create(new PasswordHasherOptions { IterationCount = options.Value.PasswordIterations })
        );
        _nobodys = new Lazy<string>(() => _hasher.HashPassword(this, "nobody's"));
    }

    /// <summary>The hash to keep; null when there is too much to do.</summary>
    public Task<string?> HashAsync(string password) => OnCoreAsync(() => (string?)_hasher.HashPassword(this, password), null);

    /// <summary>Checks a password; a null hash is never right, and takes as long.</summary>
    public Task<PasswordCheck> CheckAsync(string? hash, string password) => OnCoreAsync(() => Check(hash, password), PasswordCheck.Busy);

    public void Dispose() => _cores.Dispose();

    private PasswordCheck Check(string? hash, string password) =>
        _hasher.VerifyHashedPassword(this, hash ?? _nobodys.Value, password) switch
        {
            PasswordVerificationResult.Success when hash is not null => PasswordCheck.Right,
            PasswordVerificationResult.SuccessRehashNeeded when hash is not null => PasswordCheck.RightButOld,
            _ => PasswordCheck.Wrong,
        };

    private async Task<T> OnCoreAsync<T>(Func<T> work, T busy)
    {
        try
        {
            if (Interlocked.Increment(ref _atOnce) > MaxAtOnce)
                return busy;
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
        finally
        {
            Interlocked.Decrement(ref _atOnce);
        }
    }
}

internal enum PasswordCheck
{
    Wrong,
    Right,

    /// <summary>Right, and its hash is of an older making: hash it again.</summary>
    RightButOld,

    /// <summary>Too much to do: not checked.</summary>
    Busy,
}
