using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Entities;

namespace Probes.Orchestrator.Secrets;

/// <summary>Whose a secret is, and what it is called.</summary>
internal readonly record struct SecretName(string Project, string Name);

/// <summary>The values of all secrets, for sending to agents; read again every second for what other replicas have changed.</summary>
internal sealed class SecretValues(
    IDbContextFactory<ProbesContext> contexts, StoreReady store, IDataProtectionProvider protection, TimeProvider clock, ILogger<SecretValues> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _reading = new(1, 1);
    private readonly TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile ImmutableDictionary<SecretName, Held> _current = ImmutableDictionary<SecretName, Held>.Empty;

    /// <summary>Raised after a value has come, changed or gone.</summary>
    internal event Action Changed = () => { };

    /// <summary>Done once the store has been read.</summary>
    internal Task WhenLoadedAsync(CancellationToken ct) => _loaded.Task.WaitAsync(ct);

    /// <summary>Null when there is none, or when it cannot be decrypted here.</summary>
    internal string? Find(string project, string name) => _current.GetValueOrDefault(new SecretName(project, name))?.Value;

    // Bound to its name: a row that was moved to another cannot be read.
    internal byte[] Protect(SecretName name, string value) => Protector(name).Protect(Encoding.UTF8.GetBytes(value));

    internal async Task RefreshAsync(CancellationToken ct)
    {
        await _reading.WaitAsync(ct);
        try
        {
            var before = _current;
            await using var db = await contexts.CreateDbContextAsync(ct);
            var rows = await db.Set<SecretEntity>().AsNoTracking().Select(s => new { s.Id, s.Project, s.Name, s.Revision }).ToListAsync(ct);
            var stale = rows.Where(r => !(before.GetValueOrDefault(new SecretName(r.Project, r.Name)) is { } held && held.Id == r.Id && held.Revision == r.Revision))
                .Select(r => r.Id).ToList();
            if (stale.Count > 0 || rows.Count != before.Count)
            {
                var read = await db.Set<SecretEntity>().AsNoTracking().Where(s => stale.Contains(s.Id)).ToListAsync(ct);
                var live = rows.Select(r => new SecretName(r.Project, r.Name)).ToHashSet();
                _current = before.RemoveRange(before.Keys.Where(k => !live.Contains(k)))
                    .SetItems(read.Select(e => KeyValuePair.Create(new SecretName(e.Project, e.Name), new Held(e.Id, e.Revision, Read(e)))));
                Changed();
            }
        }
        finally
        {
            _reading.Release();
        }
    }

    public override void Dispose()
    {
        _reading.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await store.WhenReadyAsync(stoppingToken);
        using var timer = new PeriodicTimer(Every, clock);
        do
        {
            try
            {
                await RefreshAsync(stoppingToken);
                _loaded.TrySetResult();
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
            {
                Log.NotRead(log, fault.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private string? Read(SecretEntity entity)
    {
        try
        {
            return Encoding.UTF8.GetString(Protector(new SecretName(entity.Project, entity.Name)).Unprotect(entity.Ciphertext));
        }
        catch (CryptographicException)
        {
            Log.NotDecrypted(log, entity.Project, entity.Name);
            return null;
        }
    }

    private IDataProtector Protector(SecretName name) => protection.CreateProtector("probes.secrets", name.Project, name.Name);

    private sealed record Held(int Id, long Revision, string? Value)
    {
        // A record's own text would show the value.
        public override string ToString() => $"revision {Revision}";
    }
}
