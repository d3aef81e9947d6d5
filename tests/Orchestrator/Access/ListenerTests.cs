using Microsoft.Extensions.Configuration;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Commands;

namespace Probes.Tests.Orchestrator.Access;

public sealed class ListenerTests
{
    [TestCase("http://localhost:5081")]
    [TestCase("http://127.0.0.1:5081")]
    [TestCase("http://[::1]:5081")]
    public void Plain_text_is_permitted_on_loopback(string url) => Assert.That(Read(url).Port, Is.EqualTo(5081));

    [TestCase("http://0.0.0.0:5081")]
    [TestCase("http://*:5081")]
    [TestCase("http://192.0.2.7:5081")]
    public void Plain_text_to_other_machines_is_refused_unless_it_is_allowed_in_so_many_words(string url)
    {
        Assert.That(() => Read(url), Throws.TypeOf<SettingsException>().With.Message.Contains("Grpc:AllowPlaintext=true"));
        Assert.That(() => Read(url, ("Grpc:AllowPlaintext", "true")), Throws.Nothing);
    }

    [TestCase("localhost:5081")]
    [TestCase("ftp://localhost:1")]
    [TestCase("http://example.com:5081")]
    [TestCase("https://localhost:5081")]
    public void An_address_that_cannot_be_listened_on_is_refused_by_its_key(string url) =>
        Assert.That(() => Read(url), Throws.TypeOf<SettingsException>().With.Message.Contains("Grpc:Url"));

    private static ListenerAddress Read(string url, params (string Key, string Value)[] more) => ListenerAddress.Read(
        new ConfigurationBuilder().AddInMemoryCollection([new("Grpc:Url", url), .. more.Select(m => KeyValuePair.Create(m.Key, (string?)m.Value))]).Build(),
        "Grpc", "http://localhost:5081");
}
