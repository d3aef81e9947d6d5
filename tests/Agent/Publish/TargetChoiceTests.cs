using Probes.Agent;
using Probes.Agent.Publish;
using Probes.Contracts.Wire;

namespace Probes.Tests.Agent.Publish;

public sealed class TargetChoiceTests
{
    private static readonly AgentOptions Options = new() { Orchestrator = new Uri("https://probes.example.com:5081") };

    [TestCase("amqps://mq.example.com/probes", false, ExpectedResult = "Amqp")]
    [TestCase("amqp://127.0.0.1:5672/probes", false, ExpectedResult = "Amqp")]
    [TestCase("amqp://localhost/probes", false, ExpectedResult = "Amqp")]
    [TestCase("amqp://mq.example.com/probes", false, ExpectedResult = "Relay")]
    [TestCase("amqp://192.0.2.7/probes", false, ExpectedResult = "Relay")]
    [TestCase("amqp://mq.example.com/probes", true, ExpectedResult = "Amqp")]
    public string Clear_text_to_another_machine_is_avoided_unless_it_is_allowed(string address, bool allow)
    {
        var choice = TargetChoice.Of(Amqp(address), Options with { AllowPlaintext = allow });
        Assert.That(choice.Remark, choice.Target.KindCase == PublishTarget.KindOneofCase.Relay ? Does.Contain("clear text") : Is.Empty);
        return choice.Target.KindCase.ToString();
    }

    [Test]
    public void What_the_agent_was_told_has_the_last_word()
    {
        var said = Amqp("amqps://mq.example.com/probes");
        Assert.That(TargetChoice.Of(said, Options with { Transport = AgentTransport.Relay }).Target.KindCase, Is.EqualTo(PublishTarget.KindOneofCase.Relay));
        var tunnelled = TargetChoice.Of(said, Options with { BrokerUri = "amqp://127.0.0.1:5999/probes" }).Target.Amqp;
        Assert.That((tunnelled.Uri, tunnelled.Exchange), Is.EqualTo(("amqp://127.0.0.1:5999/probes", "probes.results")));
        Assert.That(said.Amqp.Uri, Is.EqualTo("amqps://mq.example.com/probes"));
    }

    [Test]
    public void What_is_not_possible_is_said()
    {
        var relay = new PublishTarget { Relay = new Relay() };
        Assert.That(TargetChoice.Of(relay, Options with { Transport = AgentTransport.Amqp }).Remark, Does.Contain("--transport amqp"));
        Assert.That(TargetChoice.Of(relay, Options with { BrokerUri = "amqp://127.0.0.1" }).Remark, Does.Contain("--broker"));
        Assert.That(TargetChoice.Of(null, Options), Is.EqualTo(new TargetChoice(relay)));
    }

    [Test]
    public void A_password_is_not_kept_on_disk()
    {
        Assert.That(TargetChoice.IsKeepable(Amqp("amqps://user:password@mq.example.com/probes")), Is.False);
        Assert.That(TargetChoice.IsKeepable(Amqp("amqps://mq.example.com/probes")), Is.True);
        Assert.That(TargetChoice.IsKeepable(new PublishTarget { Relay = new Relay() }), Is.True);
    }

    private static PublishTarget Amqp(string address) => new() { Amqp = new Amqp { Uri = address, Exchange = "probes.results", RoutingKey = "results" } };
}
