using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using Probes.Orchestrator.Adherence;
using Probes.Orchestrator.Assignment;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Fleet;
using Probes.Orchestrator.Leadership;
using Probes.Orchestrator.Projects;
using Probes.Orchestrator.Sessions;

namespace Probes.Orchestrator.Api;

/// <summary>
/// The instruments of meter "Probes.Orchestrator" and the state of agents and regions, in Prometheus' text format 0.0.4. Written here
/// because the exporter package for ASP.NET Core has no stable release.
/// </summary>
internal sealed class MetricsText(Dispatcher fleet, RecentAdherence adherence, ILeadership leadership) : IHostedService, IDisposable
{
    private const int MostSeries = 1000;

    private readonly ConcurrentDictionary<(string Name, string Labels), long> _counts = new();
    private readonly ConcurrentDictionary<string, string> _help = new();
    private readonly MeterListener _listener = new();

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "Probes.Orchestrator" && instrument is Counter<long>)
            {
                _help[instrument.Name] = instrument.Description ?? "";
                _counts.TryAdd((instrument.Name, ""), 0);
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            if (value != 0 && (_counts.Count < MostSeries || _counts.ContainsKey((instrument.Name, Labels(tags)))))
            {
                _counts.AddOrUpdate((instrument.Name, Labels(tags)), value, (_, before) => before + value);
            }
        });
        _listener.Start();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _listener.Dispose();

    /// <param name="agents">Those that the caller sees.</param>
    /// <param name="verdicts">Those that the caller sees.</param>
    /// <param name="scope">What the caller sees; counters, which are of all projects together, only with all of them.</param>
    public string Write(IAgentRegistry agents, IVerdicts verdicts, ProjectScope scope)
    {
        var text = new StringBuilder();
        if (scope.Visible is null)
        {
            WriteCounters(text);
            One(text, "probes_leader", "1 while this orchestrator leads: over all of them the sum is 1, or 0 for seconds at a takeover", "gauge", leadership.Leads ? 1 : 0);
            ProcessMetrics.Each((name, help, value) => One(text, name, help, "gauge", value), (name, help, value) => One(text, name, help, "counter", value));
        }

        WriteAgents(text, agents.Agents());
        WriteShed(text, [.. fleet.Plan.Locations.Where(l => scope.Sees(l.Key)).OrderBy(l => l.Key, StringComparer.Ordinal)]);
        WriteRegions(text, verdicts.All());
        WriteAdherence(text, [.. adherence.Now.Where(a => scope.Sees(a.Check))]);
        return text.ToString();
    }

    private void WriteCounters(StringBuilder text)
    {
        foreach (var family in _counts.GroupBy(c => c.Key.Name).OrderBy(f => f.Key, StringComparer.Ordinal))
        {
            Head(text, family.Key, _help.GetValueOrDefault(family.Key, ""), "counter");
            var labelled = family.Any(c => c.Key.Labels.Length > 0);
            foreach (var ((name, labels), value) in family.Where(c => !labelled || c.Key.Labels.Length > 0).OrderBy(c => c.Key.Labels, StringComparer.Ordinal))
            {
                Line(text, name, labels, value);
            }
        }
    }

    private static void WriteAgents(StringBuilder text, IReadOnlyList<AgentStatus> all)
    {
        Head(text, "probes_agents", "Enrolled agents by state", "gauge");
        Line(text, "probes_agents", "state=\"online\"", all.Count(a => a.Online));
        Line(text, "probes_agents", "state=\"offline\"", all.Count(a => !a.Online));
        Head(text, "probes_agent_spool_results", "Results that agents hold and that are not yet confirmed", "gauge");
        Line(text, "probes_agent_spool_results", "", all.Sum(a => a.SpoolDepth));
        Head(text, "probes_agent_runs_missed_total", "Runs that agents could not start in their slot", "counter");
        Line(text, "probes_agent_runs_missed_total", "", all.Sum(a => a.RunsMissed));
        Head(text, "probes_agent_unfit", "1 while an agent is unfit, by what is wrong; absent while it is fit", "gauge");
        foreach (var agent in all.Where(a => a.Online))
        {
            foreach (var what in agent.Unfit.Select(u => u.What).Distinct())
            {
                Line(text, "probes_agent_unfit", $"agent=\"{Escape(agent.Name)}\",location=\"{Escape(agent.Location)}\",what=\"{Escape(what)}\"", 1);
            }
        }
    }

    private static void WriteAdherence(StringBuilder text, IReadOnlyList<(string Check, string Region, RunTally Tally)> all)
    {
        Each("expected", "due", t => t.Expected);
        Each("executed", "made", t => t.Executed);
        Each("late", "made more than 100 ms late", t => t.Late);
        Each("missed", "due and not made", t => t.Missed);
        Each("dropped", "made, and their results given up by agents", t => t.Dropped);

        void Each(string name, string what, Func<RunTally, long> of)
        {
            Head(text, $"probes_schedule_runs_{name}", $"Runs {what} in the last 5 whole minutes whose results should be here", "gauge");
            foreach (var (check, region, tally) in all)
            {
                Line(text, $"probes_schedule_runs_{name}", $"check=\"{Escape(check)}\",region=\"{Escape(region)}\"", of(tally));
            }
        }
    }

    private static void WriteShed(StringBuilder text, IReadOnlyList<KeyValuePair<string, LocationPlan>> plans)
    {
        Head(text, "probes_checks_shed", "Checks that no agent of the location has room for", "gauge");
        foreach (var (location, plan) in plans)
        {
            Line(text, "probes_checks_shed", $"location=\"{Escape(location)}\"", plan.Shed.Length);
        }

        Head(text, "probes_runs_shed_per_second", "Runs a second that are not made for want of room", "gauge");
        foreach (var (location, plan) in plans)
        {
            Line(text, "probes_runs_shed_per_second", $"location=\"{Escape(location)}\"", plan.ShedLoad);
        }
    }

    private static void WriteRegions(StringBuilder text, IReadOnlyList<Verdict> all)
    {
        Head(text, "probes_region_level", "0 unknown, 1 healthy, 2 degraded, 3 down", "gauge");
        Each("probes_region_level", v => (double)v.Level);
        Head(text, "probes_region_availability_ratio", "Availability in the window that was judged", "gauge");
        Each("probes_region_availability_ratio", v => v.Evidence.Availability);
        Head(text, "probes_region_latency_p50_seconds", "Median latency in the window that was judged", "gauge");
        Each("probes_region_latency_p50_seconds", v => v.Evidence.MedianMs / 1000);
        Head(text, "probes_region_latency_p95_seconds", "95th percentile of latency in the window that was judged", "gauge");
        Each("probes_region_latency_p95_seconds", v => v.Evidence.P95Ms / 1000);

        void Each(string name, Func<Verdict, double?> of)
        {
            foreach (var verdict in all)
            {
                if (of(verdict) is { } value)
                {
                    Line(text, name, $"check=\"{Escape(verdict.Check)}\",region=\"{Escape(verdict.Region)}\"", value);
                }
            }
        }
    }

    private static void One(StringBuilder text, string name, string help, string type, double value)
    {
        Head(text, name, help, type);
        Line(text, name, "", value);
    }

    private static void Head(StringBuilder text, string name, string help, string type) =>
        text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");

    private static void Line(StringBuilder text, string name, string labels, double value) =>
        text.Append(CultureInfo.InvariantCulture, $"{name}{(labels.Length > 0 ? $"{{{labels}}}" : "")} {value:R}\n");

    private static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty)
        {
            return "";
        }

        var parts = new List<string>(tags.Length);
        foreach (var (name, value) in tags)
        {
            parts.Add($"{name}=\"{Escape(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "")}\"");
        }

        return string.Join(',', parts);
    }

    private static string Escape(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
