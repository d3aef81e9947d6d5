using System.Collections.Immutable;
using Microsoft.Extensions.Options;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Heatmaps;
using Probes.Orchestrator.Live;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Detection.Answers;

/// <summary>What all regions are answered for all checks, as far as it was read, and how it differs. Thread-safe.</summary>
internal sealed class AnswerBook(IOptions<AnswersOptions> options, EventHub events, TimeProvider time, ILogger<AnswerBook> logger) : IAnswers
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, CheckAnswers> _checks = new(StringComparer.Ordinal);
    private volatile ImmutableDictionary<string, IReadOnlyList<AnswerDifference>> _differences = ImmutableDictionary<string, IReadOnlyList<AnswerDifference>>.Empty;

    /// <param name="snapshot">What is defined.</param>
    /// <param name="results">In the order they were due.</param>
    public void Take(CatalogSnapshot snapshot, IEnumerable<StoredResult> results)
    {
        lock (_gate)
        {
            foreach (var (id, agent, result) in results)
            {
                if (!snapshot.ChecksById.TryGetValue(id, out var entry) || entry.Deleted)
                {
                    continue;
                }

                if (!_checks.TryGetValue(entry.Check.Name, out var answers) || answers.Revision != entry.Check.Revision)
                {
                    _checks[entry.Check.Name] = answers = new CheckAnswers(entry.Check);
                }

                answers.Take(result, snapshot.RegionOf(agent));
            }
        }
    }

    /// <summary>Compares all regions of all checks, and tells of what has changed.</summary>
    /// <param name="snapshot">What is defined.</param>
    /// <param name="slower">Whether a check is flagged for its latency in a region.</param>
    public void Compare(CatalogSnapshot snapshot, Func<string, string, bool> slower)
    {
        var (now, before) = (Micros.Of(time.GetUtcNow()), _differences);
        var found = ImmutableDictionary.CreateBuilder<string, IReadOnlyList<AnswerDifference>>(StringComparer.Ordinal);
        lock (_gate)
        {
            foreach (var name in _checks.Keys.Where(n => !snapshot.Checks.ContainsKey(n)).ToList())
            {
                _checks.Remove(name);
            }

            foreach (var (name, answers) in _checks)
            {
                answers.Keep(Regions.Of(snapshot, snapshot.Checks[name].Check));
                if (answers.Compare(now, options.Value, region => slower(name, region)) is { Count: > 0 } differences)
                {
                    found[name] = differences;
                }
            }
        }

        _differences = found.ToImmutable();
        foreach (var check in before.Keys.Union(found.Keys).Where(c => Key(before, c) != Key(_differences, c)))
        {
            Log.AnswersDiffer(logger, check, Key(_differences, check) is { Length: > 0 } words ? words : "no more");
            events.Publish(new LiveEvent("answers", check));
        }
    }

    public AnswersReport? Of(string check)
    {
        lock (_gate)
        {
            return _checks.TryGetValue(check, out var answers)
                ? AnswersReport.Of(check, Differences(check), answers, Micros.Of(time.GetUtcNow()), (long)(options.Value.LearnMinutes * Micros.PerMinute)) : null;
        }
    }

    public IReadOnlyList<AnswerDifference> Differences(string check) => _differences.GetValueOrDefault(check) ?? [];

    /// <summary>Values of one part in the last runs of a pair, each once.</summary>
    public IReadOnlyList<string> Recent(string check, string region, AnswerPart part)
    {
        lock (_gate)
        {
            var runs = options.Value.AgreeRuns;
            return _checks.TryGetValue(check, out var answers) && answers.Find(region)?[part] is { } seen
                && seen.Recent(runs) is { Count: > 0 } recent ? [.. recent.Select(s => s.Value)] : [];
        }
    }

    // Numbers within the words change all the time.
    private static string Key(ImmutableDictionary<string, IReadOnlyList<AnswerDifference>> all, string check) =>
        all.TryGetValue(check, out var found) ? string.Join(", ", found.Select(d => $"{d.Kind} in {string.Join('+', d.Regions)}{(d.Definite ? " (definite)" : "")}")) : "";
}
