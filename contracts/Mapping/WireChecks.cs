using Probes.Contracts.Checks;
using Probes.Contracts.Checks.Kinds;
using Probes.Contracts.Wire;

namespace Probes.Contracts.Mapping;

/// <summary>Checks to and from the wire.</summary>
public static class WireChecks
{
    public static CheckSpec ToWire(Check check)
    {
        var wire = new CheckSpec
        {
            Name = check.Name,
            Revision = check.Revision,
            IntervalUs = WireTimes.Us(check.Interval),
            TimeoutUs = WireTimes.Us(check.Timeout),
            Assertions = { check.Assertions.Select(WireAssertions.ToWire) },
        };
        if (check.Retry is { } retry)
        {
            wire.Retry = new Wire.Retry { Runs = retry.Runs, AfterUs = WireTimes.Us(retry.After) };
        }

        ProbeKinds.Of(check.Probe).ToWire(check.Probe, wire);
        return wire;
    }

    /// <summary>Null with a reason when the spec is of a kind or form this version does not know.</summary>
    public static (Check? Check, string Reason) FromWire(CheckSpec spec)
    {
        try
        {
            var probe = ProbeKinds.All.Select(k => k.FromWire(spec)).FirstOrDefault(p => p is not null)
                ?? throw new FormatException("its kind is not known to this version");
            var (interval, timeout) = (WireTimes.Span(spec.IntervalUs), WireTimes.Span(spec.TimeoutUs));
            if (!Rules.IsQualified(spec.Name) || interval < CheckLimits.ShortestInterval || interval > CheckLimits.LongestInterval
                || timeout < CheckLimits.ShortestTimeout || timeout > interval)
            {
                throw new FormatException("its name, interval or timeout is out of range");
            }

            if (spec.Assertions.Count > CheckLimits.MostAssertions)
            {
                throw new FormatException($"it has more than {CheckLimits.MostAssertions} assertions");
            }

            var retry = spec.Retry is { } again ? new Checks.Retry(again.Runs, WireTimes.Span(again.AfterUs)) : null;
            if (retry is not null && !retry.Fits(timeout, interval))
            {
                throw new FormatException("its retry is out of range, or does not fit into its interval");
            }

            var assertions = spec.Assertions.Select(WireAssertions.FromWire).ToList();
            if (assertions.Find(a => !AssertionRules.IsValid(a, probe)) is { } wrong)
            {
                throw new FormatException($"its {wrong.GetType().Name} is out of range, or does not fit its kind");
            }

            return (new Check
            {
                Name = spec.Name,
                Revision = spec.Revision,
                Interval = interval,
                Timeout = timeout,
                Retry = retry,
                Probe = probe,
                Assertions = assertions,
            }, "");
        }
        catch (FormatException e)
        {
            return (null, e.Message);
        }
    }
}
