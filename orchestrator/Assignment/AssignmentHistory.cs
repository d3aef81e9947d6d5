using System.Collections.Immutable;
using Probes.Orchestrator.Catalog;

namespace Probes.Orchestrator.Assignment;

/// <summary>One agent's assignment at one revision; checks ordered by name.</summary>
internal sealed record Revision(long Number, ImmutableArray<CatalogCheck> Checks);

/// <summary>What one agent was assigned lately: the base that a diff needs. Not for use by several threads.</summary>
internal sealed class AssignmentHistory(long firstRevision)
{
    // An agent that reconnects is rarely further behind; one that is gets a snapshot.
    private const int Kept = 4;

    private readonly Queue<Revision> _past = new(Kept);

    internal Revision Current { get; private set; } = new(firstRevision, []);

    /// <summary>False when it is what the agent has already.</summary>
    internal bool Assign(ImmutableArray<CatalogCheck> checks)
    {
        if (IsSame(Current.Checks, checks))
        {
            return false;
        }

        Push(new Revision(Current.Number + 1, checks));
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
            Push(new Revision(number + 1, Current.Checks));
            _past.Clear();
        }

        return null;
    }

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
