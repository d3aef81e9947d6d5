using System.Collections.Immutable;
using Probes.Orchestrator.Catalog;

namespace Probes.Orchestrator.Assignment;

/// <summary>One agent's assignment at one revision; checks ordered by name.</summary>
/// <param name="Number">Grows with each change.</param>
/// <param name="Checks">What the agent must run.</param>
/// <param name="EffectiveUs">Due times before it belong to the revision before; microseconds since the Unix epoch, 0: at once.</param>
internal sealed record Revision(long Number, ImmutableArray<CatalogCheck> Checks, long EffectiveUs = 0);

/// <summary>What one agent was assigned lately: the base that a diff needs. Not for use by several threads.</summary>
internal sealed class AssignmentHistory(long firstRevision)
{
    // An agent that reconnects is rarely further behind; one that is gets a snapshot.
    private const int Kept = 4;

    private readonly Queue<Revision> _past = new(Kept);

    internal Revision Current { get; private set; } = new(firstRevision, []);

    /// <summary>False when it is what the agent has already.</summary>
    internal bool Assign(ImmutableArray<CatalogCheck> checks, long effectiveUs = 0)
    {
        if (IsSame(Current.Checks, checks))
        {
            return false;
        }

        Push(new Revision(Current.Number + 1, checks, effectiveUs));
        return true;
    }

    /// <summary>The revision an agent says it has; null when it is not known here, and then a later agent revision is stepped over.</summary>
    internal Revision? Base(long number)
    {
        if (number == Current.Number)
        {
            return Current;
        }

        if (_past.FirstOrDefault(r => r.Number == number) is { } known)
        {
            return known;
        }

        if (number > Current.Number)
        {
            // From another orchestrator, or from before our clock was set back: revisions of an agent only grow.
            Push(Current with { Number = number + 1 });
            _past.Clear();
        }

        return null;
    }

    /// <summary>A revision of lately; null when it is not known, or not any more.</summary>
    internal Revision? Known(long number) => number == Current.Number ? Current : _past.FirstOrDefault(r => r.Number == number);

    private void Push(Revision next)
    {
        while (_past.Count >= Kept)
        {
            _past.Dequeue();
        }

        _past.Enqueue(Current);
        Current = next;
    }

    private static bool IsSame(ImmutableArray<CatalogCheck> a, ImmutableArray<CatalogCheck> b)
    {
        if (a.Length != b.Length)
        {
            return false;
        }

        for (var i = 0; i < a.Length; i++)
        {
            if (!ReferenceEquals(a[i], b[i]) && (a[i].Check.Name != b[i].Check.Name || a[i].Check.Revision != b[i].Check.Revision))
            {
                return false;
            }
        }

        return true;
    }
}
