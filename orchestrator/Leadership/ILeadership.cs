using Microsoft.EntityFrameworkCore.Storage;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Leadership;

/// <summary>Of several orchestrators on one database one leads: it rolls up, writes incidents and schedule periods, and removes what is too old.</summary>
public interface ILeadership
{
    /// <summary>Whether this one leads now, as far as it can know without asking.</summary>
    bool Leads { get; }

    /// <summary>
    /// Begins a transaction that commits only while this orchestrator still leads: one that was paused and does not know yet that another took over changes nothing.
    /// </summary>
    /// <exception cref="LeadershipLostException">Another leads.</exception>
    Task<IDbContextTransaction> BeginAsync(ProbesContext db, CancellationToken ct);
}

/// <summary>Another orchestrator leads now; what was to be written is its business.</summary>
public sealed class LeadershipLostException() : InvalidOperationException("another orchestrator leads");
