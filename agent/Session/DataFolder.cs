using System.Text;
using Microsoft.Extensions.Hosting;

namespace Probes.Agent.Session;

/// <summary>The agent's folder, held by one process at a time. Constructed before anything that writes there.</summary>
internal sealed class DataFolder : IHostedService, IDisposable
{
    private readonly FileStream _lock;

    /// <exception cref="AgentStopException">Another process holds the folder, or it cannot be written.</exception>
    public DataFolder(AgentOptions options)
    {
        Path = System.IO.Path.GetFullPath(options.DataFolder);
        try
        {
            Directory.CreateDirectory(Path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new AgentStopException(ExitCodes.BadInput, $"the data folder '{Path}' cannot be made: {error.Message}", error);
        }

        var file = File("agent.lock");
        try
        {
            _lock = new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException error)
        {
            throw new AgentStopException(
                ExitCodes.BadInput, $"another agent runs on the data folder '{Path}'; stop it, or give this one its own with --data", error);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new AgentStopException(ExitCodes.BadInput, $"the data folder '{Path}' cannot be written: {error.Message}", error);
        }
    }

    public string Path { get; }

    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Writes so that a reader, or a crash, sees the old content or the new, never a part; readable by this user only.</summary>
    public static void Replace(string file, ReadOnlySpan<byte> content)
    {
        var temporary = file + ".new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        // A left-over keeps the mode it had.
        System.IO.File.Delete(temporary);
        using (var stream = new FileStream(temporary, options))
        {
            stream.Write(content);
            stream.Flush(flushToDisk: true);
        }

        System.IO.File.Move(temporary, file, overwrite: true);
    }

    public static void Replace(string file, string content) => Replace(file, Encoding.UTF8.GetBytes(content));

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _lock.Dispose();
}
