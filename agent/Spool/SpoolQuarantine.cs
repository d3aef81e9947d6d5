namespace Probes.Agent.Spool;

/// <summary>Files kept aside for people to look at; the newest few only, so that they cannot fill the disk.</summary>
internal static class SpoolQuarantine
{
    public const string Extension = ".quarantined";
    private const int Kept = 16;

    /// <summary>Keeps a batch that the orchestrator refused for good.</summary>
    public static void Keep(string folder, SpoolBatch batch)
    {
        var path = Path.Combine(folder, $"refused-{batch.Epoch:x16}-{batch.First}{Extension}");
        using var file = File.Create(path);
        foreach (var item in batch.Items)
        {
            file.Write(item.Result.Span);
        }
    }

    public static void Trim(string folder)
    {
        var files = new DirectoryInfo(folder).GetFiles("*" + Extension);
        foreach (var file in files.OrderByDescending(f => f.LastWriteTimeUtc).Skip(Kept))
        {
            file.Delete();
        }
    }
}
