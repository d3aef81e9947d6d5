using System.Text.RegularExpressions;
using Probes.Contracts.Checks;

namespace Probes.Contracts.Mapping;

/// <summary>Assertions to and from the wire.</summary>
internal static class WireAssertions
{
    public static Wire.Assertion ToWire(Assertion assertion) => assertion switch
    {
        StatusAssertion a => new() { Status = new() { Ranges = { a.Ranges.Select(r => new Wire.StatusRange { From = r.From, To = r.To }) } } },
        HeaderAssertion a => new() { Header = new() { Name = a.Name, Text = ToWire(a.Text) } },
        BodyAssertion a => new() { Body = ToWire(a.Text) },
        JsonPathAssertion a => new() { JsonPath = new() { Path = a.Path, Text = ToWire(a.Text) } },
        LatencyAssertion a => new() { LatencyBelowUs = WireTimes.Us(a.Below) },
        PhaseAssertion a => new() { Phase = new() { Phase = (Wire.Phase)a.Phase, BelowUs = WireTimes.Us(a.Below) } },
        CertificateAssertion a => new() { CertificateDaysLeft = a.DaysLeft },
        AnswersAssertion a => new() { Answers = new() { Exact = a.Exact, Values = { a.Values } } },
        _ => throw new ArgumentException($"no wire form for {assertion.GetType().Name}", nameof(assertion)),
    };

    /// <exception cref="FormatException">This version does not know the assertion, or it is not valid.</exception>
    public static Assertion FromWire(Wire.Assertion wire) => wire.KindCase switch
    {
        Wire.Assertion.KindOneofCase.Status => new StatusAssertion([.. wire.Status.Ranges.Select(r => new StatusRange(r.From, r.To))]),
        Wire.Assertion.KindOneofCase.Header => new HeaderAssertion(wire.Header.Name, FromWire(wire.Header.Text)),
        Wire.Assertion.KindOneofCase.Body => new BodyAssertion(FromWire(wire.Body)),
        Wire.Assertion.KindOneofCase.JsonPath => new JsonPathAssertion(wire.JsonPath.Path, FromWire(wire.JsonPath.Text)),
        Wire.Assertion.KindOneofCase.LatencyBelowUs => new LatencyAssertion(WireTimes.Span(wire.LatencyBelowUs)),
        Wire.Assertion.KindOneofCase.Phase when Enum.IsDefined((Phase)wire.Phase.Phase) =>
            new PhaseAssertion((Phase)wire.Phase.Phase, WireTimes.Span(wire.Phase.BelowUs)),
        Wire.Assertion.KindOneofCase.CertificateDaysLeft => new CertificateAssertion(wire.CertificateDaysLeft),
        Wire.Assertion.KindOneofCase.Answers => new AnswersAssertion(wire.Answers.Exact, [.. wire.Answers.Values]),
        _ => throw new FormatException("one of its assertions is not known to this version"),
    };

    private static Wire.TextAssertion ToWire(TextTest test) => new() { Operator = (Wire.TextOperator)test.Operator, Value = test.Value };

    private static TextTest FromWire(Wire.TextAssertion? wire)
    {
        var test = new TextTest((TextOperator)(wire?.Operator ?? 0), wire?.Value ?? "");
        if (!Enum.IsDefined(test.Operator))
        {
            throw new FormatException("one of its text tests has an operator this version does not know");
        }

        if (test.Operator == TextOperator.Matches && !IsPattern(test.Value))
        {
            throw new FormatException("one of its regular expressions is not valid");
        }

        return test;
    }

    internal static bool IsPattern(string pattern)
    {
        try
        {
            _ = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
            return true;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return false;
        }
    }
}
