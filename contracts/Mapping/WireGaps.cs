using Probes.Contracts.Results;

namespace Probes.Contracts.Mapping;

/// <summary>Gaps to and from the wire, where they stand in the place of a result.</summary>
public static class WireGaps
{
    public static Wire.Result ToWire(RunGap gap, uint checkIndex) => new()
    {
        CheckIndex = checkIndex,
        Gap = new Wire.Gap { Reason = (Wire.GapReason)gap.Reason, Count = gap.Count, FromUs = WireTimes.Us(gap.From), ToUs = WireTimes.Us(gap.To) },
    };

    /// <summary>Null when the item is not a valid gap: unknown check index or reason, no runs, absurd times, or the end before the start.</summary>
    public static RunGap? FromWire(Wire.Result result, IReadOnlyList<string> checks)
    {
        if (result.Gap is not { } gap || result.CheckIndex >= checks.Count)
        {
            return null;
        }

        var reason = (GapReason)gap.Reason;
        return Enum.IsDefined(reason) && gap.Count > 0 && WireTimes.Time(gap.FromUs) is { } from && WireTimes.Time(gap.ToUs) is { } to && from <= to
            ? new RunGap(checks[(int)result.CheckIndex], reason, gap.Count, from, to)
            : null;
    }
}
