namespace Probes.Agent.Spool;

/// <summary>Keeps a second process away from a spool.</summary>
internal static class SpoolLock
{
    /// <exception cref="IOException">Another process holds the spool, or the folder cannot be written.</exception>
    public static FileStream Take(string folder)
    {
        var path = Path.Combine(folder, "lock");
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException error)
        {
            throw new IOException($"The spool '{folder}' is used by another process (or cannot be written): {error.Message}", error);
        }
    }
}
