using Probes.Contracts.Checks;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Heatmaps;

namespace Probes.Orchestrator.Maintenance;

/// <summary>Which checks are in maintenance where, over a span of minutes. Immutable; asking it costs a look-up.</summary>
internal sealed class MaintenanceCalendar
{
    private readonly CatalogSnapshot _catalog;
    private readonly ILookup<string, Entry> _byCheck;
    private readonly ILookup<string, Entry> _byProject;

    private readonly (long From, long To) _span;

    private MaintenanceCalendar(CatalogSnapshot catalog, List<Entry> entries, long from, long to)
    {
        (_catalog, _span) = (catalog, (from, to));
        IsEmpty = entries.Count == 0;
        _byCheck = entries.SelectMany(e => e.Window.Checks.Select(c => (Check: c, Entry: e))).ToLookup(e => e.Check, e => e.Entry, StringComparer.Ordinal);
        _byProject = entries.Where(e => e.Window.Checks.Count == 0).ToLookup(e => QualifiedName.ProjectOf(e.Window.Name), StringComparer.Ordinal);
    }

    public bool IsEmpty { get; }

    /// <param name="catalog">Locations, and where checks run.</param>
    /// <param name="windows">Revisions that count.</param>
    /// <param name="from">First minute since the Unix epoch.</param>
    /// <param name="to">The minute after the last.</param>
    public static MaintenanceCalendar Of(CatalogSnapshot catalog, IEnumerable<CatalogWindow> windows, long from, long to) =>
        new(catalog, [.. windows.Select(w => new Entry(w.Window, Occurrences.Between(w, from, to))).Where(e => e.Spans.Count > 0)], from, to);

    /// <summary>
    /// Name of the window that covers the whole of a check's region in a minute; null: none. Windows of single locations do so only when they cover every location there that runs the check.
    /// </summary>
    public string? Covers(Check check, string region, long minute)
    {
        if (IsEmpty)
        {
            return null;
        }

        var holding = Of(check.Name).Where(e => e.Holds(minute)).ToList();
        if (holding.Find(e => e.Window.Everywhere || e.Window.Regions.Contains(region)) is { } whole)
        {
            return whole.Window.Name;
        }

        if (!holding.Exists(e => e.Window.Locations.Count > 0))
        {
            return null;
        }

        var windows = Regions.Locations(_catalog, check, region).Select(l => holding.Find(e => e.Window.Locations.Contains(l.Name))?.Window.Name).ToList();
        return windows.Count > 0 && !windows.Contains(null) ? windows[0] : null;
    }

    /// <summary>The minutes of the span in which <see cref="Covers"/> names one.</summary>
    public IEnumerable<long> Minutes(Check check, string region)
    {
        if (IsEmpty)
        {
            return [];
        }

        return Of(check.Name).SelectMany(e => e.Spans).SelectMany(Minutes).Distinct().Where(m => Covers(check, region, m) is not null);
    }

    /// <summary>Whether a location's results of a minute are to be left out where its region is judged: it is in maintenance, and others there are not.</summary>
    public bool LeavesOut(Check check, string location, long minute)
    {
        if (IsEmpty || !Of(check.Name).Any(e => e.Holds(minute) && e.Window.Locations.Contains(location)))
        {
            return false;
        }

        return Covers(check, _catalog.RegionOfLocation(location), minute) is null;
    }

    /// <summary>For each minute of the span whether a check's location is in maintenance.</summary>
    public bool[] Marks(string check, string location)
    {
        var marks = new bool[_span.To - _span.From];
        var region = _catalog.RegionOfLocation(location);
        foreach (var minute in Of(check).Where(e => e.Window.Covers(location, region)).SelectMany(e => e.Spans).SelectMany(Minutes))
        {
            marks[minute - _span.From] = true;
        }

        return marks;
    }

    private IEnumerable<Entry> Of(string check) => _byCheck[check].Concat(_byProject[QualifiedName.ProjectOf(check)]);

    private static IEnumerable<long> Minutes(MinuteSpan span)
    {
        for (var minute = span.From; minute < span.To; minute++)
        {
            yield return minute;
        }
    }

    private sealed record Entry(MaintenanceWindow Window, IReadOnlyList<MinuteSpan> Spans)
    {
        public bool Holds(long minute) => Spans.Any(s => minute >= s.From && minute < s.To);
    }
}
