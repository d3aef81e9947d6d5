using Google.Protobuf.Collections;
using Probes.Contracts.Results;

namespace Probes.Contracts.Mapping;

/// <summary>Results to and from the wire.</summary>
public static class WireResults
{
    /// <summary>Longer texts are cut, so that no target can fill a store.</summary>
    private const int LongestText = 1024;
    private const int MostEvidence = 64;
    private const int MostAssertions = 64;
    private const int MostAttempts = 100;

    /// <summary>No run lasts or is late longer than a day.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    public static Wire.Result ToWire(RunResult result, uint checkIndex)
    {
        var wire = new Wire.Result
        {
            CheckIndex = checkIndex,
            CheckRevision = result.CheckRevision,
            DueUs = WireTimes.Us(result.Due),
            LateUs = WireTimes.Us(result.Late),
            Status = (Wire.RunStatus)result.Status,
            Source = (Wire.FailureSource)result.Source,
            Reason = result.Reason,
            Message = Cut(result.Message),
            DurationUs = WireTimes.Us(result.Duration),
            Address = result.Address,
            StatusCode = result.StatusCode,
            Attempt = result.Attempt,
            Retried = result.Retried,
            Unfit = Cut(result.Unfit),
            Phases = ToWire(result.Phases),
        };
        foreach (var outcome in result.Assertions)
        {
            wire.Assertions.Add(new Wire.AssertionOutcome { Assertion = Cut(outcome.Assertion), Passed = outcome.Passed, Actual = Cut(outcome.Actual) });
        }

        foreach (var (name, value) in result.Evidence)
        {
            wire.Evidence[name] = Cut(value);
        }

        return wire;
    }

    /// <summary>Null with a reason when the item is not valid (no status, unknown check index, negative or absurd times).</summary>
    public static (RunResult? Result, string Reason) FromWire(Wire.Result result, IReadOnlyList<string> checks)
    {
        if (result.CheckIndex >= checks.Count)
        {
            return (null, "check_index");
        }

        var status = (RunStatus)result.Status;
        if (!Enum.IsDefined(status))
        {
            return (null, "status");
        }

        var (late, duration) = (WireTimes.Span(result.LateUs), WireTimes.Span(result.DurationUs));
        if (WireTimes.Time(result.DueUs) is not { } due || !Sane(late) || !Sane(duration))
        {
            return (null, "time");
        }

        if (Phases(result.Phases) is not { } phases)
        {
            return (null, "phases");
        }

        var source = (FailureSource)result.Source;
        return (new RunResult
        {
            Check = checks[(int)result.CheckIndex],
            CheckRevision = result.CheckRevision,
            Due = due,
            Late = late,
            Status = status,
            // What an unfit agent saw tells of the agent alone. A source this version does not know blames nobody but the one who sent it.
            Source = result.Unfit.Length > 0 ? FailureSource.Agent
                : status == RunStatus.Passed ? FailureSource.None : Enum.IsDefined(source) && source != FailureSource.None ? source : FailureSource.Agent,
            Reason = Cut(result.Reason),
            Message = Cut(result.Message),
            Duration = duration,
            Phases = phases,
            Address = Cut(result.Address),
            StatusCode = result.StatusCode,
            Attempt = Math.Clamp(result.Attempt, 0, MostAttempts),
            // What passed is made again by nobody.
            Retried = result.Retried && (status is RunStatus.Failed or RunStatus.TimedOut) && result.Attempt is > 0 and <= MostAttempts,
            Unfit = Cut(result.Unfit),
            Assertions = Outcomes(result.Assertions),
            Evidence = Evidence(result.Evidence),
        }, "");
    }

    private static bool Sane(TimeSpan span) => span >= TimeSpan.Zero && span <= Longest;

    // Half a surrogate pair is no text: protobuf refuses to write it.
    private static string Cut(string text) =>
        text.Length <= LongestText ? text : text[..(char.IsHighSurrogate(text[LongestText - 1]) ? LongestText - 1 : LongestText)];

    private static Wire.Phases? ToWire(PhaseTimes phases)
    {
        if (phases == default)
        {
            return null;
        }

        var wire = new Wire.Phases();
        if (phases.Dns is { } dns)
        {
            wire.DnsUs = WireTimes.Us(dns);
        }

        if (phases.Connect is { } connect)
        {
            wire.ConnectUs = WireTimes.Us(connect);
        }

        if (phases.Tls is { } tls)
        {
            wire.TlsUs = WireTimes.Us(tls);
        }

        if (phases.Send is { } send)
        {
            wire.SendUs = WireTimes.Us(send);
        }

        if (phases.Wait is { } wait)
        {
            wire.WaitUs = WireTimes.Us(wait);
        }

        if (phases.Transfer is { } transfer)
        {
            wire.TransferUs = WireTimes.Us(transfer);
        }

        return wire;
    }

    private static PhaseTimes? Phases(Wire.Phases? wire)
    {
        if (wire is null)
        {
            return default(PhaseTimes);
        }

        var phases = new PhaseTimes(
            wire.HasDnsUs ? WireTimes.Span(wire.DnsUs) : null,
            wire.HasConnectUs ? WireTimes.Span(wire.ConnectUs) : null,
            wire.HasTlsUs ? WireTimes.Span(wire.TlsUs) : null,
            wire.HasSendUs ? WireTimes.Span(wire.SendUs) : null,
            wire.HasWaitUs ? WireTimes.Span(wire.WaitUs) : null,
            wire.HasTransferUs ? WireTimes.Span(wire.TransferUs) : null);
        return Sane(phases.Dns ?? default) && Sane(phases.Connect ?? default) && Sane(phases.Tls ?? default)
            && Sane(phases.Send ?? default) && Sane(phases.Wait ?? default) && Sane(phases.Transfer ?? default) ? phases : null;
    }

    private static IReadOnlyList<AssertionOutcome> Outcomes(RepeatedField<Wire.AssertionOutcome> wire) =>
        wire.Count == 0 ? [] : [.. wire.Take(MostAssertions).Select(a => new AssertionOutcome(Cut(a.Assertion), a.Passed, Cut(a.Actual)))];

    private static Dictionary<string, string> Evidence(MapField<string, string> wire)
    {
        var evidence = new Dictionary<string, string>(Math.Min(wire.Count, MostEvidence));
        foreach (var (name, value) in wire.Take(MostEvidence))
        {
            evidence[Cut(name)] = Cut(value);
        }

        return evidence;
    }
}
