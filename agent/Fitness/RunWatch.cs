namespace Probes.Agent.Fitness;

/// <summary>
/// Follows runs: what failed to get through since something last did. Called by many threads; what it keeps is bounded by the number of targets,
/// and by <see cref="Most"/>.
/// </summary>
internal sealed class RunWatch
{
    private const int Most = 1000;

    private readonly Lock _lock = new();
    private readonly HashSet<string> _cut = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _unanswered = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _domains = new(StringComparer.OrdinalIgnoreCase);
    private (TimeSpan Cut, TimeSpan Unanswered) _since;
    private (TimeSpan Through, TimeSpan Answered) _last = (TimeSpan.MinValue, TimeSpan.MinValue);

    /// <summary>Whether the agent's resolver was ever asked for anything.</summary>
    public bool Resolves { get; private set; }

    /// <param name="trace">What the run tells.</param>
    /// <param name="began">When it began, by the monitor's clock.</param>
    /// <param name="ended">When it ended.</param>
    public void Saw(in RunTrace trace, TimeSpan began, TimeSpan ended)
    {
        lock (_lock)
        {
            Note(trace.Link, trace.Target, _cut, ref _since.Cut, ref _last.Through, began, ended);
            Resolves |= trace.Resolver != Passage.None;
            if (trace.Resolver == Passage.Cut && _domains.Count < Most)
            {
                _domains.Add(DomainOf(trace.Name));
            }

            if (Note(trace.Resolver, trace.Name, _unanswered, ref _since.Unanswered, ref _last.Answered, began, ended))
            {
                _domains.Clear();
            }
        }
    }

    /// <summary>Targets not reached since any was, when the first of them began, and when one last was reached.</summary>
    public (int Targets, TimeSpan Since, TimeSpan LastThrough) Cut()
    {
        lock (_lock)
        {
            return (_cut.Count, _since.Cut, _last.Through);
        }
    }

    /// <summary>Names not answered since any was.</summary>
    public (int Names, int Domains, TimeSpan Since, TimeSpan LastAnswered) Unanswered()
    {
        lock (_lock)
        {
            return (_unanswered.Count, _domains.Count, _since.Unanswered, _last.Answered);
        }
    }

    // True when something got through. What began before something else got through is no evidence that nothing does.
    private static bool Note(Passage passage, string what, HashSet<string> failed, ref TimeSpan since, ref TimeSpan last, TimeSpan began, TimeSpan ended)
    {
        if (passage == Passage.Through)
        {
            failed.Clear();
            last = ended > last ? ended : last;
            return true;
        }

        if (passage == Passage.Cut && began > last && failed.Count < Most)
        {
            since = failed.Count == 0 || began < since ? began : since;
            failed.Add(what);
        }

        return false;
    }

    private static string DomainOf(string name)
    {
        var labels = name.TrimEnd('.').Split('.');
        return labels.Length <= 2 ? name : $"{labels[^2]}.{labels[^1]}";
    }
}
