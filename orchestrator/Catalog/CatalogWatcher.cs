using Microsoft.Extensions.Options;
using Probes.Contracts.Documents;
using Probes.Orchestrator.Access;

namespace Probes.Orchestrator.Catalog;

/// <summary>Applies the files of the watched folder whenever they change; bad files change nothing and are reported.</summary>
internal sealed class CatalogWatcher(
    AuditedCatalog catalog, CatalogKeeper keeper, CatalogWatchStatus status, IOptions<CatalogOptions> options, TimeProvider clock, ILogger<CatalogWatcher> log)
    : BackgroundService
{
    /// <summary>Whoever writes a file is given time to finish it.</summary>
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(200);

    private string _seen = "";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Value.Watch.Length == 0)
        {
            return;
        }

        var folder = Path.GetFullPath(options.Value.Watch);
        status.Current = new CatalogWatchReport(folder, null, 0, []);
        await keeper.WaitAsync(stoppingToken);
        Log.Watching(log, folder);
        using var wake = new SemaphoreSlim(0, 1);
        using var notices = Notices(folder, wake);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await LookAsync(folder, stoppingToken);
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
            {
                // Read again at the next look, whatever the reason was.
                _seen = "";
                Report(folder, 0, [new DocumentError(folder, 0, 0, "", fault.Message, "")]);
            }

            if (await wake.WaitAsync(TimeSpan.FromSeconds(options.Value.WatchSeconds), stoppingToken))
            {
                await Task.Delay(Settle, clock, stoppingToken);
            }
        }
    }

    /// <summary>One look: nothing when no file has changed since the last.</summary>
    internal async Task LookAsync(string folder, CancellationToken ct)
    {
        var files = WatchedFolder.Files(folder);
        var now = WatchedFolder.Signature(files);
        if (now == _seen)
        {
            return;
        }

        var set = CheckDocuments.Read(await WatchedFolder.ReadAsync(files, ct), options.Value.WatchProject);
        var report = await catalog.ApplyAsync(Caller.System("watched folder"), set, dryRun: false, ct);
        _seen = now;
        Report(folder, files.Count, report.Errors);
        if (report.Errors.Count == 0 && report.Created.Count + report.Updated.Count > 0)
        {
            Log.Applied(log, folder, report.Created.Count, report.Updated.Count, report.Unchanged.Count);
        }
    }

    private void Report(string folder, int files, IReadOnlyList<DocumentError> errors)
    {
        var applied = errors.Count == 0 ? clock.GetUtcNow() : status.Current.AppliedAt;
        var known = status.Current.Errors;
        status.Current = new CatalogWatchReport(folder, applied, files, errors);
        foreach (var error in errors.Except(known))
        {
            Log.NotApplied(log, error.ToString());
        }
    }

    private static FileSystemWatcher? Notices(string folder, SemaphoreSlim wake)
    {
        try
        {
            var watcher = new FileSystemWatcher(folder) { IncludeSubdirectories = true };
            FileSystemEventHandler changed = (_, _) => Wake(wake);
            watcher.Changed += changed;
            watcher.Created += changed;
            watcher.Renamed += (_, _) => Wake(wake);
            watcher.EnableRaisingEvents = true;
            return watcher;
        }
        catch (Exception fault) when (fault is ArgumentException or IOException)
        {
            // The folder is not there yet, or the system is out of watches: looking again and again serves.
            return null;
        }
    }

    private static void Wake(SemaphoreSlim wake)
    {
        try
        {
            wake.Release();
        }
        catch (Exception fault) when (fault is SemaphoreFullException or ObjectDisposedException)
        {
            // Awake already, or over.
        }
    }
}
