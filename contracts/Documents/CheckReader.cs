using Probes.Contracts.Checks;
using Probes.Contracts.Checks.Kinds;

namespace Probes.Contracts.Documents;

/// <summary>Reads the spec of a check: what every kind has, then its one kind, then its assertions.</summary>
internal static class CheckReader
{
    /// <param name="project">The project it is of, whose locations bare names mean.</param>
    public static Check? Read(DocumentMap spec, string project)
    {
        var interval = Interval(spec);
        var timeout = Timeout(spec, interval);
        var retry = Retry(spec, interval, timeout);
        var locations = Locations(spec, project);
        var probe = Probe(spec);
        var assertions = AssertionReader.Read(spec, probe);
        spec.Close();
        return probe is null
            ? null
            : new Check { Name = "", Interval = interval, Timeout = timeout, Retry = retry, Locations = locations, Probe = probe, Assertions = assertions };
    }

    private static TimeSpan Interval(DocumentMap spec)
    {
        var interval = spec.Duration("interval") ?? CheckLimits.DefaultInterval;
        if (interval < CheckLimits.ShortestInterval || interval > CheckLimits.LongestInterval)
        {
            spec.Error("interval", $"{Durations.Format(interval)} is out of range",
                $"{Durations.Format(CheckLimits.ShortestInterval)} to {Durations.Format(CheckLimits.LongestInterval)}");
            return CheckLimits.DefaultInterval;
        }

        return interval;
    }

    private static TimeSpan Timeout(DocumentMap spec, TimeSpan interval)
    {
        var standard = interval < CheckLimits.DefaultTimeout ? interval : CheckLimits.DefaultTimeout;
        var timeout = spec.Duration("timeout") ?? standard;
        if (timeout < CheckLimits.ShortestTimeout || timeout > interval)
        {
            spec.Error("timeout", $"{Durations.Format(timeout)} is out of range",
                $"{Durations.Format(CheckLimits.ShortestTimeout)} to the interval, {Durations.Format(interval)}");
            return standard;
        }

        return timeout;
    }

    private static Retry? Retry(DocumentMap spec, TimeSpan interval, TimeSpan timeout)
    {
        if (!spec.Has("retry") || spec.Map("retry") is not { } map)
        {
            return null;
        }

        var (runs, after) = ((int)(map.Integer("runs", 1, Checks.Retry.MostRuns) ?? 1), map.Duration("after") ?? Checks.Retry.DefaultAfter);
        map.Close();
        if (after < TimeSpan.Zero || after > Checks.Retry.LongestAfter)
        {
            map.Error("after", $"{Durations.Format(after)} is out of range", $"0s to {Durations.Format(Checks.Retry.LongestAfter)}");
            return null;
        }

        var retry = new Retry(runs, after);
        if (retry.Fits(timeout, interval))
        {
            return retry;
        }

        spec.Error("retry", $"all attempts may take {Durations.Format(retry.Longest(timeout))}, which does not fit into the interval",
            $"timeout + runs x (after + timeout) up to the interval, {Durations.Format(interval)}");
        return null;
    }

    private static List<string> Locations(DocumentMap spec, string project)
    {
        List<string> names = [];
        foreach (var item in spec.List("locations"))
        {
            var written = item.Text();
            if (written is null || !Rules.IsReference(written))
            {
                item.Error($"'{DocumentMap.Shown(written)}' is not a location's name", Rules.ReferenceAllowed);
            }
            else if (QualifiedName.Resolve(project, written) is var name && names.Contains(name))
            {
                item.Error($"'{written}' stands twice", "each location once");
            }
            else
            {
                names.Add(name);
            }
        }

        return names;
    }

    private static ProbeSpec? Probe(DocumentMap spec)
    {
        var present = ProbeKinds.All.Where(k => spec.Has(k.Name)).ToList();
        var allowed = $"exactly one of {string.Join(", ", ProbeKinds.Names)}";
        if (present.Count == 0)
        {
            spec.Error("", "says nothing of what to probe", allowed);
            return null;
        }

        foreach (var more in present.Skip(1))
        {
            spec.Error(more.Name, $"stands beside {present[0].Name}", allowed);
        }

        return spec.Map(present[0].Name) is { } map ? present[0].Read(map) : null;
    }
}
