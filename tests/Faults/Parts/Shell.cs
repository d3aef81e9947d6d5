using System.Diagnostics;

namespace Probes.Faults.Parts;

/// <summary>The machine's own commands, for what only root may do.</summary>
internal static class Shell
{
    /// <summary>Null when it went well, else what it said.</summary>
    public static string? Try(string command)
    {
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", command]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? null : $"{command}: {said.Trim()}";
    }
}
