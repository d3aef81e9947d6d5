using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.EntityFrameworkCore;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Entities;

namespace Probes.Orchestrator.Access.KeyRing;

/// <summary>Data protection keys in the store.</summary>
internal sealed class StoredKeys(IDbContextFactory<ProbesContext> contexts, StoreReady store, TimeProvider clock) : IXmlRepository
{
    // The framework asks for its keys at start, before the schema may be there.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    public IReadOnlyCollection<XElement> GetAllElements()
    {
        WaitForStore();
        using var db = contexts.CreateDbContext();
        return [.. db.Set<DataProtectionKeyEntity>().AsNoTracking().OrderBy(k => k.Id).Select(k => k.Xml).AsEnumerable().Select(xml => XElement.Parse(xml))];
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        WaitForStore();
        using var db = contexts.CreateDbContext();
        db.Add(new DataProtectionKeyEntity { FriendlyName = friendlyName, Xml = element.ToString(SaveOptions.DisableFormatting) });
        db.SaveChanges();
    }

    private void WaitForStore()
    {
        using var limit = new CancellationTokenSource(LongestWait, clock);
        store.WhenReadyAsync(limit.Token).GetAwaiter().GetResult();
    }
}
