using System.Globalization;
using Probes.Contracts.Checks;
using Probes.Contracts.Checks.Kinds;
using Probes.Contracts.Mapping;

namespace Probes.Contracts.Documents;

/// <summary>Reads a check's assertions and holds them against its kind.</summary>
internal static class AssertionReader
{
    private static readonly (string, Phase)[] Phases = [.. Enum.GetValues<Phase>().Select(p => (p.ToString().ToLowerInvariant(), p))];

    // Each: key, what it takes, and which kinds it makes sense for.
    private static readonly (string Key, Func<DocumentMap, Assertion?> Read, Func<ProbeSpec, bool> Fits, string Kinds)[] Known =
    [
        ("status", Status, AssertionRules.HasHttp, "http"),
        ("header", Header, AssertionRules.HasHttp, "http"),
        ("body", m => TestOf(m.Map("body")) is { } test ? new BodyAssertion(test) : null, AssertionRules.HasHttp, "http"),
        ("jsonPath", JsonPath, AssertionRules.HasHttp, "http"),
        ("latency", m => Below(m.Map("latency")) is { } below ? new LatencyAssertion(below) : null, _ => true, ""),
        ("phase", PhaseBelow, _ => true, ""),
        ("certificate", Certificate, AssertionRules.HasCertificate, "tls, and http with an https address"),
        ("answers", Answers, AssertionRules.HasAnswers, "dns"),
    ];

    private static string Kinds => string.Join(", ", Known.Select(k => k.Key));

    public static List<Assertion> Read(DocumentMap spec, ProbeSpec? probe)
    {
        List<Assertion> assertions = [];
        foreach (var item in spec.List("assertions", most: CheckLimits.MostAssertions))
        {
            if (item.Map() is not { } map)
            {
                item.Error("is not an assertion", $"a mapping with one of {Kinds}");
                continue;
            }

            var present = Known.Where(k => map.Has(k.Key)).ToList();
            map.Close();
            if (present.Count != 1)
            {
                item.Error(present.Count == 0 ? "is not an assertion" : "holds more than one assertion", $"exactly one of {Kinds}");
            }
            else if (probe is not null && !present[0].Fits(probe))
            {
                map.Error(present[0].Key, $"cannot be asserted of {probe.Kind}", $"only for {present[0].Kinds}");
            }
            else if (present[0].Read(map) is { } assertion)
            {
                assertions.Add(assertion);
            }
        }

        return assertions;
    }

    private static StatusAssertion? Status(DocumentMap map)
    {
        List<StatusRange> ranges = [];
        foreach (var item in map.List("status", orOne: true, most: 500))
        {
            var text = item.Text() ?? "";
            if (text.Length == 3 && text[0] is >= '1' and <= '5' && text.EndsWith("xx", StringComparison.Ordinal))
            {
                var first = (text[0] - '0') * 100;
                ranges.Add(new StatusRange(first, first + 99));
            }
            else if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var code) && code is >= 100 and <= 599)
            {
                ranges.Add(new StatusRange(code, code));
            }
            else
            {
                item.Error($"'{DocumentMap.Shown(text)}' is not a status", "100 to 599, or a class such as 2xx");
            }
        }

        return ranges.Count > 0 ? new StatusAssertion(ranges) : null;
    }

    private static HeaderAssertion? Header(DocumentMap map)
    {
        if (map.Map("header") is not { } header)
        {
            return null;
        }

        var name = header.Line("name", required: true);
        if (name is not null && !Rules.IsToken(name))
        {
            header.Error("name", $"'{DocumentMap.Shown(name)}' is not a header name", "a token (RFC 9110 section 5.1)");
            name = null;
        }

        return TestOf(header, "name") is { } test && name is not null ? new HeaderAssertion(name, test) : null;
    }

    private static JsonPathAssertion? JsonPath(DocumentMap map)
    {
        if (map.Map("jsonPath") is not { } json)
        {
            return null;
        }

        var path = json.Line("path", required: true, most: 1000);
        if (path is not null && !Checks.JsonPath.TryParse(path, out _))
        {
            json.Error("path", $"'{DocumentMap.Shown(path)}' is not a path", Checks.JsonPath.Allowed);
            path = null;
        }

        return TestOf(json, "path") is { } test && path is not null ? new JsonPathAssertion(path, test) : null;
    }

    private static PhaseAssertion? PhaseBelow(DocumentMap map)
    {
        if (map.Map("phase") is not { } phase)
        {
            return null;
        }

        var name = phase.Word("name", Phases, required: true);
        return Below(phase, "name") is { } below && name is { } known ? new PhaseAssertion(known, below) : null;
    }

    private static CertificateAssertion? Certificate(DocumentMap map)
    {
        var certificate = map.Map("certificate");
        var days = certificate?.Integer("daysLeft", 0, 3650, required: true);
        certificate?.Close();
        return days is { } left ? new CertificateAssertion((int)left) : null;
    }

    private static AnswersAssertion? Answers(DocumentMap map)
    {
        if (map.Map("answers") is not { } answers)
        {
            return null;
        }

        var exact = answers.Has("equals");
        if (exact == answers.Has("contains"))
        {
            answers.Error("", "needs one test", "exactly one of contains, equals");
        }

        var values = answers.List(exact ? "equals" : "contains", orOne: true, most: 100).Select(i => i.Text() ?? "").ToList();
        answers.Close();
        return values.Count > 0 ? new AnswersAssertion(exact, values) : null;
    }

    private static TimeSpan? Below(DocumentMap? map, params string[] besides)
    {
        var below = map?.Duration("below", required: true);
        foreach (var key in besides)
        {
            map?.Has(key);
        }

        map?.Close();
        if (below <= TimeSpan.Zero)
        {
            map!.Error("below", "can never hold", "1ms or more");
            return null;
        }

        return below;
    }

    // The one test of a mapping, beside keys that were read before.
    private static TextTest? TestOf(DocumentMap? map, params string[] besides)
    {
        if (map is null)
        {
            return null;
        }

        (string Key, TextOperator Operator)[] operators =
        [
            ("equals", TextOperator.Equals), ("contains", TextOperator.Contains), ("notContains", TextOperator.NotContains),
            ("matches", TextOperator.Matches), ("exists", TextOperator.Exists),
        ];
        foreach (var key in besides)
        {
            map.Has(key);
        }

        var present = operators.Where(o => map.Has(o.Key)).ToList();
        map.Close();
        if (present.Count != 1)
        {
            map.Error("", "needs one test", $"exactly one of {string.Join(", ", operators.Select(o => o.Key))}");
            return null;
        }

        var (name, op) = present[0];
        if (op == TextOperator.Exists)
        {
            return map.Flag(name) is { } exists ? new TextTest(op, exists ? "true" : "false") : null;
        }

        var value = map.Text(name);
        if (op == TextOperator.Matches && value is not null && !WireAssertions.IsPattern(value))
        {
            map.Error(name, $"'{DocumentMap.Shown(value)}' is not a regular expression", ".NET syntax without look-around and back-references");
            return null;
        }

        return value is null ? null : new TextTest(op, value);
    }
}
