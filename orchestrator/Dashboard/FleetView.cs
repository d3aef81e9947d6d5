using Microsoft.AspNetCore.Http.Extensions;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Sessions;

namespace Probes.Orchestrator.Dashboard;

/// <summary>Which agents the fleet page shows, in which order; it lives in the page's query.</summary>
/// <param name="Text">Part of a name, location, region, version or error; empty: any.</param>
/// <param name="Location">Empty: any.</param>
/// <param name="State">One of <see cref="AgentStates.All"/>; empty: any.</param>
/// <param name="Sort">A key of <see cref="Columns"/>; with '-' before it downwards.</param>
internal sealed record FleetView(string Text, string Location, string State, string Sort)
{
    internal const string StandardSort = "location";

    internal static readonly (string Key, string Title, bool Number, Func<AgentStatus, IComparable> By)[] Columns =
    [
        ("name", "Agent", false, a => a.Name),
        ("state", "State", false, a => AgentStates.All.ToList().IndexOf(AgentStates.Of(a)[0])),
        ("location", "Location", false, a => a.Location),
        ("version", "Version", false, a => Version.TryParse(a.Version, out var v) ? v : new Version()),
        ("checks", "Checks", true, a => a.RunningChecks),
        ("revision", "Assignment", false, a => a.Revision - a.AppliedRevision),
        ("load", "Load", true, a => a.Load),
        ("clock", "Clock", true, a => a.ClockOffset.Duration()),
        ("spool", "Spooled", true, a => a.SpoolDepth),
        ("missed", "Missed", true, a => a.RunsMissed + a.RunsShed + a.ResultsDropped),
        ("transport", "Way", false, a => a.Transport),
        ("seen", "Last seen", false, a => a.LastSeenAt ?? DateTimeOffset.MinValue),
    ];

    /// <summary>What cannot be read counts as not given.</summary>
    internal static FleetView Read(string? text, string? location, string? state, string? sort) => new(
        text?.Trim() is { Length: <= 100 } t ? t : "",
        location?.Trim() ?? "",
        AgentStates.All.FirstOrDefault(s => s == state) ?? "",
        Columns.Any(c => c.Key == sort?.TrimStart('-')) ? sort! : StandardSort);

    internal bool IsFiltered => Text.Length > 0 || Location.Length > 0 || State.Length > 0;

    internal IReadOnlyList<AgentStatus> Of(IEnumerable<AgentStatus> all)
    {
        var by = Columns.First(c => c.Key == Sort.TrimStart('-')).By;
        var chosen = all.Where(a => (Location.Length == 0 || a.Location == Location) && (State.Length == 0 || AgentStates.Of(a).Contains(State)) && Mentions(a));
        var ordered = Sort.StartsWith('-') ? chosen.OrderByDescending(by) : chosen.OrderBy(by);
        return [.. ordered.ThenBy(a => a.Name, StringComparer.Ordinal)];
    }

    /// <summary>The path of the page with this column's order, the other way round when it is ordered by it already.</summary>
    internal string SortBy(string key) => (this with { Sort = Sort == key ? "-" + key : key }).Path;

    internal string AriaSort(string key) => Sort == key ? "ascending" : Sort == "-" + key ? "descending" : "none";

    internal string Path
    {
        get
        {
            var query = new QueryBuilder();
            Add("q", Text);
            Add("location", Location);
            Add("state", State);
            Add("sort", Sort == StandardSort ? "" : Sort);
            return "/agents" + query;

            void Add(string key, string value)
            {
                if (value.Length > 0)
                {
                    query.Add(key, value);
                }
            }
        }
    }

    private bool Mentions(AgentStatus a) =>
        Text.Length == 0 || new[] { a.Name, a.Location, a.Region, a.Version, a.LastError }.Any(v => v.Contains(Text, StringComparison.OrdinalIgnoreCase));

    /// <summary>How a state reads and which shape it has.</summary>
    internal static (string Text, Level Level) Look(string state) => state switch
    {
        AgentStates.Online => ("Online", Level.Healthy),
        AgentStates.Offline => ("Offline", Level.Down),
        AgentStates.RefusedIdentity => ("Identity twice", Level.Down),
        AgentStates.Unfit => ("Unfit", Level.Degraded),
        AgentStates.Degraded => ("Degraded", Level.Degraded),
        AgentStates.Drained => ("Drained", Level.Unknown),
        AgentStates.Disabled => ("Disabled", Level.Unknown),
        _ => ("Never seen", Level.Unknown),
    };

    /// <summary>How far an agent's version is from ours; empty when they are of one minor version, or it has not said.</summary>
    internal static string Skew(string version, Version? ours)
    {
        if (ours is null || !System.Version.TryParse(version.Split('-', '+')[0], out var theirs))
        {
            return "";
        }

        var word = (theirs.Major, theirs.Minor).CompareTo((ours.Major, ours.Minor)) < 0 ? "older" : "newer";
        return theirs.Major != ours.Major ? $"{word} major version than this orchestrator’s {ours.ToString(3)}: not supported"
            : Math.Abs(theirs.Minor - ours.Minor) switch
            {
                0 => "",
                1 => $"one minor version {word} than this orchestrator’s {ours.ToString(3)}: supported",
                var minor => $"{minor} minor versions {word} than this orchestrator’s {ours.ToString(3)}: at most one is supported",
            };
    }
}
