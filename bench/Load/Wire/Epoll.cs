using System.Runtime.InteropServices;

namespace Orleans.Chat.Load.Wire;

/// <summary>What a descriptor is watched for, and what has come of it.</summary>
[Flags]
internal enum Readiness : uint
{
    None = 0,
    Read = 0x1,
    Write = 0x4,
}

/* epoll(7), level-triggered: what is not taken at once is told again. An event is 32 bits of flags and 64 of the caller's, packed on x86-64 alone. */
internal sealed partial class Epoll
{
    private const int Add = 1;
    private const int Modify = 3;
    private const int Interrupted = 4;
    private static readonly int Size = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    private readonly int _epoll = Checked(Create(0));
    private readonly byte[] _events;

    public Epoll(int most) => _events = new byte[most * Size];

    public void Watch(int descriptor, Readiness what) => Control(descriptor, what, Add);

    public void Change(int descriptor, Readiness what) => Control(descriptor, what, Modify);

    /// <summary>Waits until something is ready, and answers how much is; then <see cref="this[int]"/> tells what.</summary>
    public int Wait()
    {
        while (true)
        {
            var count = Wait(_epoll, _events, _events.Length / Size, -1);
            if (count >= 0 || Marshal.GetLastPInvokeError() != Interrupted)
                return Checked(count);
        }
    }

    /// <summary>A hang-up or a fault counts as readable: the read tells which.</summary>
    public (int Descriptor, Readiness What) this[int index]
    {
        get
        {
            var bytes = _events.AsSpan(index * Size, Size);
            var flags = BitConverter.ToUInt32(bytes);
            var what = (Readiness)flags & Readiness.Write;
            if ((flags & ~(uint)Readiness.Write) != 0)
                what |= Readiness.Read;
            return (BitConverter.ToInt32(bytes[(Size - 8)..]), what);
        }
    }

    private void Control(int descriptor, Readiness what, int operation)
    {
        Span<byte> one = stackalloc byte[16];
        BitConverter.TryWriteBytes(one, (uint)what);
        BitConverter.TryWriteBytes(one[(Size - 8)..], descriptor);
        Checked(Control(_epoll, operation, descriptor, one));
    }

    private static int Checked(int result) =>
        result >= 0 ? result : throw new IOException($"epoll: {Marshal.GetLastPInvokeErrorMessage()}");

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Create(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Control(int epoll, int operation, int descriptor, Span<byte> one);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Wait(int epoll, Span<byte> events, int most, int milliseconds);
}
