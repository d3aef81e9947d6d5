using CsCheck;
using Google.Protobuf;
using Probes.Contracts.Mapping;
using Probes.Contracts.Results;
using Probes.Tests.Contracts.Checks;
using Wire = Probes.Contracts.Wire;

namespace Probes.Tests.Contracts.Mapping;

public sealed class WireResultsTests
{
    private static readonly string[] Names = ["other", "shop-home"];

    private static readonly Gen<TimeSpan> Span = Gen.Long[0, 86_400_000_000].Select(us => TimeSpan.FromMicroseconds(us));
    private static readonly Gen<TimeSpan?> Maybe = Gen.Select(Gen.Bool, Span).Select((there, s) => there ? s : (TimeSpan?)null);

    private static readonly Gen<RunResult> AnyResult =
        from due in Gen.Long[0, 4_000_000_000_000_000]
        from late in Span
        from status in Gen.Enum<RunStatus>()
        from source in Gen.OneOf(FailureSource.Target, FailureSource.Dns, FailureSource.Network, FailureSource.Agent)
        from texts in Any.Text.Array[4]
        from duration in Span
        from phases in Gen.Select(Maybe, Maybe, Maybe, Maybe, Maybe, Maybe).Select((a, b, c, d, e, f) => new PhaseTimes(a, b, c, d, e, f))
        from code in Gen.Int[0, 599]
        from attempt in Gen.Int[0, 5]
        from outcomes in Gen.Select(Any.Text, Gen.Bool, Any.Text).Select((a, p, v) => new AssertionOutcome(a, p, v)).Array[0, 4]
        from evidence in Gen.Dictionary(Any.Text, Any.Text)[0, 4]
        select new RunResult
        {
            Check = "shop-home",
            CheckRevision = 3,
            Due = DateTimeOffset.UnixEpoch.AddMicroseconds(due),
            Late = late,
            Status = status,
            Source = status == RunStatus.Passed ? FailureSource.None : source,
            Reason = texts[0],
            Message = texts[1],
            Address = texts[2],
            Duration = duration,
            Phases = phases,
            StatusCode = code,
            Attempt = attempt,
            Retried = attempt > 0 && (status is RunStatus.Failed or RunStatus.TimedOut) && code % 2 == 0,
            Assertions = outcomes,
            Evidence = evidence,
        };

    [Test]
    public void Any_result_comes_over_the_wire_as_it_was() => AnyResult.Sample(result =>
    {
        var (back, reason) = WireResults.FromWire(Wire.Result.Parser.ParseFrom(WireResults.ToWire(result, 1).ToByteArray()), Names);
        Assert.That(reason, Is.Empty);
        Assert.That(back!.Assertions, Is.EqualTo(result.Assertions));
        Assert.That(back.Evidence, Is.EquivalentTo(result.Evidence));
        // A record compares lists by reference: those were compared above.
        Assert.That(back with { Assertions = result.Assertions, Evidence = result.Evidence }, Is.EqualTo(result));
    });

    [TestCase(RunStatus.Passed, 1)]
    [TestCase(RunStatus.Missed, 1)]
    [TestCase(RunStatus.Failed, 0)]
    [TestCase(RunStatus.Failed, -5)]
    [TestCase(RunStatus.Failed, 101)]
    public void What_cannot_have_been_made_again_counts(RunStatus status, int attempt)
    {
        var wire = new Wire.Result { CheckIndex = 1, DueUs = 1, Status = (Wire.RunStatus)status, Attempt = attempt, Retried = true };
        Assert.That(WireResults.FromWire(wire, Names).Result!, Has.Property("Retried").False.And.Property("Attempt").InRange(0, 100));
    }

    [Test]
    public void A_phase_of_no_time_is_not_a_phase_that_did_not_happen()
    {
        var zero = Some() with { Phases = new PhaseTimes(TimeSpan.Zero, null, null, null, null, null) };
        var back = WireResults.FromWire(Wire.Result.Parser.ParseFrom(WireResults.ToWire(zero, 1).ToByteArray()), Names).Result!;
        Assert.That((back.Phases.Dns, back.Phases.Connect), Is.EqualTo(((TimeSpan?)TimeSpan.Zero, (TimeSpan?)null)));
    }

    private static IEnumerable<TestCaseData> Bad()
    {
        static TestCaseData Of(string reason, string what, Action<Wire.Result> change) => new TestCaseData(reason, change).SetArgDisplayNames(what);
        yield return Of("check_index", "unknown check", r => r.CheckIndex = 2);
        yield return Of("check_index", "largest index", r => r.CheckIndex = uint.MaxValue);
        yield return Of("status", "no status", r => r.Status = 0);
        yield return Of("status", "status 99", r => r.Status = (Wire.RunStatus)99);
        yield return Of("time", "before 1970", r => r.DueUs = -1);
        yield return Of("time", "beyond time", r => r.DueUs = long.MaxValue);
        yield return Of("time", "negative lateness", r => r.LateUs = -1);
        yield return Of("time", "negative duration", r => r.DurationUs = long.MinValue);
        yield return Of("time", "a duration of years", r => r.DurationUs = long.MaxValue);
        yield return Of("phases", "negative phase", r => r.Phases = new() { TlsUs = -1 });
        yield return Of("phases", "a phase of years", r => r.Phases = new() { TransferUs = long.MaxValue });
    }

    [TestCaseSource(nameof(Bad))]
    public void What_cannot_be_is_refused_with_its_reason(string expected, Action<Wire.Result> change)
    {
        var wire = WireResults.ToWire(Some(), 1);
        change(wire);
        Assert.That(WireResults.FromWire(wire, Names), Is.EqualTo(((RunResult?)null, expected)));
    }

    [Test]
    public void A_source_that_is_not_known_never_blames_the_target()
    {
        var wire = WireResults.ToWire(Some() with { Status = RunStatus.Failed, Source = FailureSource.Target }, 1);
        wire.Source = (Wire.FailureSource)99;
        Assert.That(WireResults.FromWire(wire, Names).Result!.Source, Is.EqualTo(FailureSource.Agent));
    }

    [Test]
    public void A_text_beyond_the_bound_is_cut_between_characters()
    {
        var wire = WireResults.ToWire(Some() with { Message = new string('a', 1023) + "😀" }, 1);
        Assert.That(wire.Message, Is.EqualTo(new string('a', 1023)));
        Assert.That(() => wire.ToByteArray(), Throws.Nothing);
    }

    [Test]
    public void Random_bytes_never_throw_beyond_the_parser() => Gen.Byte.Array.Sample(bytes =>
    {
        try
        {
            var (result, reason) = WireResults.FromWire(Wire.Result.Parser.ParseFrom(bytes), Names);
            return result is null == reason.Length > 0;
        }
        catch (InvalidProtocolBufferException)
        {
            return true;
        }
    });

    private static RunResult Some() => new()
    {
        Check = "shop-home",
        CheckRevision = 3,
        Due = DateTimeOffset.UnixEpoch.AddDays(20_000),
        Status = RunStatus.Passed,
        Duration = TimeSpan.FromMilliseconds(12),
    };
}
