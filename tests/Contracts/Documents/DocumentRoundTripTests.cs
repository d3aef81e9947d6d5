using System.Text;
using CsCheck;
using Probes.Contracts.Checks;
using Probes.Contracts.Checks.Kinds;
using Probes.Contracts.Documents;
using Probes.Tests.Contracts.Checks;
using Probes.Tests.Structure;
using Check = Probes.Contracts.Checks.Check;

namespace Probes.Tests.Contracts.Documents;

public sealed class DocumentRoundTripTests
{
    [Test]
    public void Any_check_that_is_written_reads_back_equal() => Any.Check.Sample(check =>
    {
        var written = CheckDocuments.Write(check);
        var read = CheckDocuments.Read(written, "written.json");
        Assert.That(read.Errors, Is.Empty, written);
        var back = read.Checks.Single();
        Assert.That(CheckDocuments.Write(back), Is.EqualTo(written));
        Assert.That((back.Name, back.Description, back.Interval, back.Timeout), Is.EqualTo((check.Name, check.Description, check.Interval, check.Timeout)));
        Assert.That(back.Locations, Is.EqualTo(check.Locations));
        Assert.That(back.Labels, Is.EquivalentTo(check.Labels));
        Assert.That(back.Assertions.Select(Said), Is.EqualTo(check.Assertions.Select(Said)));
        Assert.That(Said(back.Probe), Is.EqualTo(Said(check.Probe)));
    });

    [Test]
    public void Any_location_that_is_written_reads_back_equal() => Any.Location.Sample(location =>
    {
        var read = CheckDocuments.Read(CheckDocuments.Write(location), "written.json");
        Assert.That(read.Errors, Is.Empty);
        Assert.That(read.Locations.Single(), Is.EqualTo(location));
    });

    [TestCase(200, 399, "2xx,3xx")]
    [TestCase(200, 204, "200,201,202,203,204")]
    [TestCase(150, 299, null)]
    public void A_range_of_statuses_that_documents_cannot_say_is_written_out(int from, int to, string? said)
    {
        var check = new Check
        {
            Name = "a",
            Probe = new HttpSpec { Url = new Uri("http://example.com") },
            Assertions = [new StatusAssertion([new StatusRange(from, to)])],
        };
        var written = CheckDocuments.Write(check);
        var read = (StatusAssertion)CheckDocuments.Read(written, "f").Checks.Single().Assertions.Single();
        var covered = read.Ranges.SelectMany(r => Enumerable.Range(r.From, r.To - r.From + 1));
        Assert.That(covered, Is.EqualTo(Enumerable.Range(from, to - from + 1)));
        if (said is not null)
        {
            Assert.That(written, Does.Contain($"[\"{said.Replace(",", "\",\"", StringComparison.Ordinal)}\"]"));
        }
    }

    [Test]
    public void Json_indented_by_tabs_is_read() => Assert.That(
        CheckDocuments.Read("{\n\t\"apiVersion\": \"probes\\/v1\",\r\n\t\"kind\": \"Location\",\n\t\"metadata\": {\n\t\t\"name\": \"a\"\n\t}\n}\n", "f").Errors, Is.Empty);

    [Test]
    public void Every_sample_is_read_without_a_mistake()
    {
        var files = Directory.GetFiles(Path.Combine(Repository.Root, "samples"), "*.yaml").Order().ToList();
        Assert.That(files, Has.Count.GreaterThan(1));
        var set = CheckDocuments.Read(files.Select(f => (Path.GetFileName(f), File.ReadAllText(f))));
        Assert.That(set.Errors, Is.Empty);
        Assert.That(set.Checks.Select(c => c.Probe.Kind).Distinct(), Is.EquivalentTo(ProbeKinds.Names), "each kind is shown");
        Assert.That(set.Checks.SelectMany(c => c.Locations), Is.SubsetOf(set.Locations.Select(l => l.Name)));
    }

    // Records compare lists and bytes by reference; their texts are compared instead.
    private static string Said(Assertion assertion) => assertion switch
    {
        StatusAssertion a => string.Join(',', a.Ranges),
        AnswersAssertion a => $"{a.Exact} {string.Join('|', a.Values)}",
        _ => assertion.ToString(),
    };

    private static string Said(ProbeSpec probe) => probe switch
    {
        HttpSpec p => string.Join(' ', p.Url.OriginalString, p.Method, string.Join('|', p.Headers), Said(p.Body), p.Version, p.MaxRedirects, p.MaxBodyBytes, p.SkipCertificateCheck),
        TcpSpec p => $"{p.Host} {p.Port} {Said(p.Send)} {Said(p.Expect)}",
        _ => probe.ToString(),
    };

    private static string Said(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);
}
