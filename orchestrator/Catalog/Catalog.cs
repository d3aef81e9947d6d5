using Probes.Contracts.Checks;
using Probes.Contracts.Documents;
using Probes.Orchestrator.Live;

namespace Probes.Orchestrator.Catalog;

/// <summary>The catalog over the store: readers see one immutable snapshot, writers queue up, and a change swaps it whole.</summary>
internal sealed class Catalog(CatalogStore store, EventHub events) : ICatalog, IDisposable
{
    private readonly SemaphoreSlim _writing = new(1, 1);
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
            var errors = References.Check(documents, before);
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

    public async Task<bool> DeleteCheckAsync(string name, CancellationToken ct)
    {
        await _writing.WaitAsync(ct);
        try
        {
            if (!await store.DeleteCheckAsync(name, ct))
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

    public async Task RefreshAsync(CancellationToken ct)
    {
        await _writing.WaitAsync(ct);
        try
        {
            Swap(await store.ReadAsync(_current, ct));
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
