namespace Orleans.Chat.LocalCluster;

/// <summary>Keeps two clusters out of one folder. The kernel gives it up with the process.</summary>
internal static class FolderLock
{
    public static FileStream? Take(string folder)
    {
        try
        {
            return new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
