using Probes.Orchestrator.Commands;
using Probes.Orchestrator.Dashboard;
using Probes.Tests.Structure;
using Probes.Tests.Testing;
using YamlDotNet.RepresentationModel;
using AgentRun = Probes.Agent.Commands.RunCommand;

namespace Probes.Tests.Charts;

public sealed class ChartTests
{
    private const string Url = "orchestrator.url=https://probes.example.com:5081";
    private const string Tls = "grpc.tls.existingSecret=agents-tls";

    private static readonly string[] Full =
    [
        "--set", Tls, "--set", "http.tls.existingSecret=http-tls", "--set", "store.existingSecret=db", "--set", "bus.existingSecret=mq", "--set", "bus.agentKey=agent",
        "--set", "keys.existingSecret=keys", "--set", "replicas=2", "--set", "persistence.enabled=false", "--set", "grpc.publicUrl=https://a.example.com:5081",
        "--set", "trustedProxies=10.0.0.0/8", "--set", "http.ingress.enabled=true", "--set", "http.ingress.host=probes.example.com", "--set", "http.ingress.tlsSecret=web",
    ];

    [TestCase("agent", Url)]
    [TestCase("orchestrator", Tls)]
    public async Task Helm_lints_a_chart_without_a_word(string chart, string needed)
    {
        var (code, output, errors) = await Helm.RunAsync("lint", "--strict", $"charts/{chart}", "--set", needed);
        Assert.That(code, Is.Zero, output + errors);
        Assert.That(output, Does.Not.Contain("[WARNING]").And.Not.Contain("[ERROR]"));
    }

    [TestCase("agent", "StatefulSet", Url)]
    [TestCase("orchestrator", "Deployment", Tls)]
    public async Task A_pod_may_nothing_that_it_does_not_need(string chart, string kind, string needed)
    {
        var made = await Helm.TemplateAsync(chart, "--set", needed);
        var pod = made[kind].Single().At("spec.template.spec");
        Assert.That(pod.At("securityContext.runAsNonRoot").ToString(), Is.EqualTo("true"));
        Assert.That(pod.At("securityContext.runAsUser").ToString(), Is.EqualTo("1654"));
        Assert.That(pod.At("securityContext.seccompProfile.type").ToString(), Is.EqualTo("RuntimeDefault"));
        Assert.That(pod.At("automountServiceAccountToken").ToString(), Is.EqualTo("false"));
        var container = pod.At("containers.0");
        Assert.That(container.At("securityContext.readOnlyRootFilesystem").ToString(), Is.EqualTo("true"));
        Assert.That(container.At("securityContext.allowPrivilegeEscalation").ToString(), Is.EqualTo("false"));
        Assert.That(container.At("securityContext.capabilities.drop.0").ToString(), Is.EqualTo("ALL"));
        Assert.That(container.At("resources.limits.memory").ToString(), Is.Not.Empty);
        Assert.That(((YamlMappingNode)pod).Children.Keys.Select(k => k.ToString()), Has.None.StartsWith("host"));
        Assert.That(made["NetworkPolicy"].Single().At("spec.policyTypes.0").ToString(), Is.EqualTo("Ingress"));
        Assert.That(made["Secret"], Is.Empty, "secrets are referred to, never made of values");
        Assert.That(File.ReadAllText(Path.Combine(Repository.Root, chart, "Containerfile")), Does.Contain("USER 1654:1654").And.Contain("chiseled"));
    }

    [Test]
    public async Task The_agent_takes_its_token_from_a_Secret_and_keeps_its_identity_in_a_volume()
    {
        var set = (await Helm.TemplateAsync("agent", "--set", Url, "--set", "token.existingSecret=eu-token"))["StatefulSet"].Single();
        var container = set.At("spec.template.spec.containers.0");
        var token = ((YamlSequenceNode)container.At("env")).Single(e => e.At("name").ToString() == "PROBES_TOKEN");
        Assert.That(token.At("valueFrom.secretKeyRef.name").ToString(), Is.EqualTo("eu-token"));
        Assert.That(set.At("spec.volumeClaimTemplates.0.metadata.name").ToString(), Is.EqualTo("data"));
        Assert.That(set.At("spec.replicas").ToString(), Is.EqualTo("1"), "two processes of one identity refuse each other");
        var flags = ((YamlSequenceNode)container.At("args")).Select(a => a.ToString()).Where(a => a.StartsWith("--", StringComparison.Ordinal));
        var known = AgentRun.Create().Options.Select(o => o.Name).ToList();
        Assert.That(flags.Where(f => !known.Contains(f)), Is.Empty, "flags that the agent does not have");
    }

    [Test]
    public async Task The_orchestrator_is_probed_gets_its_secrets_by_reference_and_is_set_by_keys_that_exist()
    {
        var made = await Helm.TemplateAsync("orchestrator", Full);
        var container = made["Deployment"].Single().At("spec.template.spec.containers.0");
        Assert.That(container.At("livenessProbe.httpGet.path").ToString(), Is.EqualTo("/healthz"));
        Assert.That(container.At("readinessProbe.httpGet.path").ToString(), Is.EqualTo("/readyz"));
        Assert.That(container.At("readinessProbe.httpGet.scheme").ToString(), Is.EqualTo("HTTPS"));
        var env = ((YamlSequenceNode)container.At("env")).ToDictionary(e => e.At("name").ToString());
        Assert.That(env["PROBES__STORE__CONNECTIONSTRING"].At("valueFrom.secretKeyRef.name").ToString(), Is.EqualTo("db"));
        Assert.That(env["PROBES__BUS__AGENTCONNECTIONSTRING"].At("valueFrom.secretKeyRef.key").ToString(), Is.EqualTo("agent"));
        Assert.That(env["PROBES__GRPC__URL"].At("value").ToString(), Is.EqualTo("https://*:5081"));
        var known = SettingsHelp.All.SelectMany(s => s.Key.Split(", ")).Select(k => "PROBES__" + k.ToUpperInvariant().Replace(":", "__", StringComparison.Ordinal)).ToList();
        Assert.That(env.Keys.Where(k => k.StartsWith("PROBES__", StringComparison.Ordinal) && !known.Contains(k)), Is.Empty, "settings that do not exist");
        Assert.That(made["Ingress"].Single().At("spec.tls.0.secretName").ToString(), Is.EqualTo("web"));
    }

    [TestCase("orchestrator", "replicas=1", "grpc.tls.existingSecret is required")]
    [TestCase("orchestrator", Tls + ",http.allowPlaintext=false", "http.tls.existingSecret is required")]
    [TestCase("orchestrator", Tls + ",replicas=2", "needs store.existingSecret")]
    [TestCase("orchestrator", "grpc.allowPlaintext=true,grpc.clientCertificates=require", "TLS must end in the orchestrator")]
    [TestCase("orchestrator", Tls + ",http.ingress.enabled=true,http.ingress.host=a.example.com", "http.ingress.tlsSecret is required")]
    [TestCase("orchestrator", Tls + ",store.existingSecret=Host=db;Password=x", "/store")]
    [TestCase("orchestrator", Tls + ",replica=2", "replica")]
    [TestCase("agent", "name=eu", "orchestrator.url is required")]
    [TestCase("agent", Url + ",token.existingSecret=prb_abc", "/token/existingSecret")]
    [TestCase("agent", "orchestrator.url=probes.example.com", "/orchestrator/url")]
    public async Task What_would_be_unsafe_or_is_mistyped_is_refused_by_name(string chart, string values, string says)
    {
        var (code, _, errors) = await Helm.RunAsync("template", "release", $"charts/{chart}", "--set", values);
        Assert.That(code, Is.Not.Zero);
        Assert.That(errors, Does.Contain(says));
    }

    [Test]
    public async Task The_command_that_the_dashboard_shows_is_one_the_chart_takes()
    {
        var shown = AgentCommands.All(new Uri("http://probes.example.com:5081"), "prb_x", "shop/eu-west", "0.2.0").Single(c => c.Key == "helm").Text.Split('\n')[1];
        Assert.That(shown, Does.StartWith("helm install probes-agent-eu-west charts/agent "));
        string[] arguments = ["template", .. shown.Split(' ')[2..]];
        var (code, output, errors) = await Helm.RunAsync(arguments);
        Assert.That(code, Is.Zero, errors);
        Assert.That(output, Does.Contain("--allow-plaintext").And.Contain("probes-agent-eu-west-token").And.Not.Contain("prb_x"));
    }
}
