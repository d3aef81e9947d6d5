using System.Globalization;
using System.Xml;
using Probes.Contracts.Results;

namespace Probes.Agent.Commands;

/// <summary>Outcomes as JUnit XML, for build servers.</summary>
internal static class JUnitReport
{
    public static void Write(IReadOnlyList<CheckedOutcome> outcomes, string file)
    {
        using var xml = XmlWriter.Create(file, new XmlWriterSettings { Indent = true });
        var failures = outcomes.Count(o => o.Outcome.Status != RunStatus.Passed);
        xml.WriteStartElement("testsuites");
        xml.WriteStartElement("testsuite");
        xml.WriteAttributeString("name", "probes");
        xml.WriteAttributeString("tests", outcomes.Count.ToString(CultureInfo.InvariantCulture));
        xml.WriteAttributeString("failures", failures.ToString(CultureInfo.InvariantCulture));
        foreach (var (check, outcome, _) in outcomes)
        {
            xml.WriteStartElement("testcase");
            xml.WriteAttributeString("classname", check.Probe.Kind);
            xml.WriteAttributeString("name", check.Name);
            xml.WriteAttributeString("time", outcome.Duration.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture));
            if (outcome.Status != RunStatus.Passed)
            {
                xml.WriteStartElement("failure");
                xml.WriteAttributeString("type", outcome.Reason);
                xml.WriteAttributeString("message", Clean(CheckReport.Why(outcome)));
                xml.WriteEndElement();
            }

            xml.WriteEndElement();
        }

        xml.WriteEndElement();
        xml.WriteEndElement();
    }

    // A target's bytes may hold what XML 1.0 does not allow at all.
    private static string Clean(string text) => new([.. text.Select(c => XmlConvert.IsXmlChar(c) ? c : '\uFFFD')]);
}
