using Probes.Contracts.Checks;
using Probes.Contracts.Documents;
using Probes.Orchestrator.Live;

namespace Probes.Orchestrator.Catalog;

/// <summary>The catalog over the store: readers see one immutable snapshot, writers queue up, and a change swaps it whole.</summary>
internal sealed class Catalog(CatalogStore store, EventHub events) : ICatalog, IDisposable
{
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly Lock _refreshing = new();
    private Task? _next;
    private volatile CatalogSnapshot _current = CatalogSnapshot.Empty;

    public CatalogSnapshot Current => _current;

    public event Action Changed = () => { };

    public async Task<ApplyReport> ApplyAsync(DocumentSet documents, bool dryRun, CancellationToken ct)
    {
        if (documents.Errors.Count > 0)
        {
            return new ApplyReport([], [], [], documents.Errors);
        }

        await _writing.WaitAsync(ct);
        try
        {
            // What another replica has just defined counts too.
            var before = await store.ReadAsync(_current, ct);
            IReadOnlyList<DocumentError> errors = [.. References.Check(documents, before), .. WindowReferences.Check(documents, before)];
            if (errors.Count == 0 && documents.Checks.Any(c => SecretReferences.Of(c).Count > 0))
            {
                errors = References.CheckSecrets(documents, await store.ReadSecretNamesAsync(ct));
            }

            if (errors.Count > 0)
            {
                return new ApplyReport([], [], [], errors);
            }

            var plan = ApplyPlan.Make(documents, before);
            if (!dryRun && plan.Changes)
            {
                await store.WriteAsync(plan, ct);
                Swap(await store.ReadAsync(before, ct));
            }

            return plan.Report;
        }
        finally
        {
            _writing.Release();
        }
    }

    public Task<bool> DeleteCheckAsync(string name, CancellationToken ct) => DeleteAsync(store.DeleteCheckAsync, name, ct);

    public Task<bool> DeleteWindowAsync(string name, CancellationToken ct) => DeleteAsync(store.DeleteWindowAsync, name, ct);

    private async Task<bool> DeleteAsync(Func<string, CancellationToken, Task<bool>> delete, string name, CancellationToken ct)
    {
        await _writing.WaitAsync(ct);
        try
        {
            if (!await delete(name, ct))
            {
                return false;
            }

            Swap(await store.ReadAsync(_current, ct));
            return true;
        }
        finally
        {
            _writing.Release();
        }
    }

    public Task RefreshAsync(CancellationToken ct)
    {
        // Whoever asks while another reading is still to begin is served by that one: a thousand agents that enrol together need not read a thousand times.
        Task next;
        lock (_refreshing)
        {
            next = _next ??= Task.Run(ReadAgainAsync, CancellationToken.None);
        }

        return next.WaitAsync(ct);
    }

    private async Task ReadAgainAsync()
    {
        await _writing.WaitAsync();
        try
        {
            lock (_refreshing)
            {
                _next = null;
            }

            Swap(await store.ReadAsync(_current, CancellationToken.None));
        }
        finally
        {
            _writing.Release();
        }
    }

    public void Dispose() => _writing.Dispose();

    private void Swap(CatalogSnapshot next)
    {
        // The store gives back the same object when nothing has changed.
        if (ReferenceEquals(next, _current))
        {
            return;
        }

        _current = next;
        Changed();
        events.Publish(new LiveEvent("catalog", ""));
    }
}
