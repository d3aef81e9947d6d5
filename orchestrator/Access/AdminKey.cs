using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Access;

/// <summary>The first key: made when the data folder has none that works, and kept in <c>admin.key</c>, readable by its owner only.</summary>
internal sealed class AdminKey(ApiKeys keys, StoreReady store, IConfiguration configuration, ILogger<AdminKey> log) : BackgroundService
{
    internal const string FileName = "admin.key";

    private readonly TaskCompletionSource<string> _key = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The secret, once the store has answered.</summary>
    internal Task<string> GetAsync(CancellationToken ct) => _key.Task.WaitAsync(ct);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await store.WhenReadyAsync(stoppingToken);
        await keys.RereadAsync(stoppingToken);
        var path = Path.Combine(configuration["Data"] ?? ".", FileName);
        var text = File.Exists(path) ? (await File.ReadAllTextAsync(path, stoppingToken)).Trim() : null;
        if (keys.Check(text) is null)
        {
            (_, text) = await keys.CreateAsync("admin", stoppingToken);
            Write(path, text);
            Log.AdminKeyWritten(log, path);
        }

        _key.SetResult(text!);
    }

    private static void Write(string path, string text)
    {
        File.Delete(path);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var writer = new StreamWriter(path, options);
        writer.WriteLine(text);
    }
}
