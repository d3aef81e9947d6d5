using System.Text;

namespace Probes.Orchestrator.Catalog;

/// <summary>The definition files of a folder, its subfolders included.</summary>
internal static class WatchedFolder
{
    private const long MaxBytes = 16 << 20;
    private static readonly string[] Endings = [".yaml", ".yml", ".json"];

    /// <summary>By path, so that the same files are always read in the same order.</summary>
    internal static IReadOnlyList<FileInfo> Files(string folder) =>
    [
        .. new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories)
            .Where(f => Endings.Contains(f.Extension, StringComparer.OrdinalIgnoreCase) && !f.Name.StartsWith('.'))
            .OrderBy(f => f.FullName, StringComparer.Ordinal),
    ];

    /// <summary>Differs when any file has come, gone or changed.</summary>
    internal static string Signature(IReadOnlyList<FileInfo> files)
    {
        var text = new StringBuilder("files\n");
        foreach (var file in files)
        {
            text.Append(file.FullName).Append('|').Append(file.LastWriteTimeUtc.Ticks).Append('|').Append(file.Length).Append('\n');
        }

        return text.ToString();
    }

    internal static async Task<IReadOnlyList<(string File, string Text)>> ReadAsync(IReadOnlyList<FileInfo> files, CancellationToken ct)
    {
        if (files.Sum(f => f.Length) > MaxBytes)
        {
            throw new InvalidDataException($"the files are larger than {MaxBytes >> 20} MiB together");
        }

        var texts = new List<(string, string)>();
        foreach (var file in files)
        {
            texts.Add((file.FullName, await File.ReadAllTextAsync(file.FullName, ct)));
        }

        return texts;
    }
}
