using CsCheck;
using Probes.Contracts.Documents;

namespace Probes.Tests.Contracts.Documents;

public sealed class DurationsTests
{
    [Test]
    public void What_is_written_reads_back() =>
        Gen.Long[1, 86_400_000].Sample(ms =>
        {
            var span = TimeSpan.FromMilliseconds(ms);
            return Durations.TryParse(Durations.Format(span), out var back) && back == span;
        });

    [TestCase("")]
    [TestCase("5")]
    [TestCase("s")]
    [TestCase("-5s")]
    [TestCase("1.5s")]
    [TestCase("5 s")]
    [TestCase("99999999999999999999s")]
    [TestCase("4000d")]
    public void Anything_else_is_refused(string text) => Assert.That(Durations.TryParse(text, out _), Is.False);
}
