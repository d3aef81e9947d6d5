using Probes.Agent;
using Probes.Agent.Commands;
using Probes.Agent.Policy;
using Probes.Contracts.Checks;
using Probes.Tests.Structure;

namespace Probes.Tests.Agent.Policy;

public sealed class PolicyFileTests
{
    private const string Head = "apiVersion: probes/v1\nkind: AgentPolicy\nspec:\n";

    [Test]
    public void The_sample_is_read_as_it_is_meant()
    {
        var (policy, errors) = PolicyFile.Parse(File.ReadAllText(Path.Combine(Repository.Root, "samples/agent.policy")), "p.yaml");
        Assert.That(errors, Is.Empty);
        Assert.That(policy!.Location, Is.EqualTo(LocationType.Private));
        Assert.That(policy.AllowKinds, Is.EqualTo(new[] { "http", "tls", "tcp" }));
        Assert.That(policy.AllowPorts.Select(p => p.ToString()), Is.EqualTo(new[] { "80", "443", "8000-8999" }));
        Assert.That(policy.DenyTargets.Hosts.Single().ToString(), Is.EqualTo("admin.shop.example.com"));
        Assert.That(policy.DenyTargets.Blocks.Single().ToString(), Is.EqualTo("10.20.99.0/24"));
        Assert.That(policy.AllowCidrs.Single().ToString(), Is.EqualTo("127.0.0.0/8"));
    }

    [TestCase("  target: {allow: [a.test]}\n", "p.yaml:4:3: spec.target: unknown key 'target', did you mean 'targets'?")]
    [TestCase("  targets: {deney: [a.test]}\n", "p.yaml:4:13: spec.targets.deney: unknown key 'deney', did you mean 'deny'?")]
    [TestCase("  targets: {allow: []}\n", "p.yaml:4:20: spec.targets.allow: holds nothing")]
    [TestCase("  targets: {}\n", "p.yaml:4:12: spec.targets: says nothing")]
    [TestCase("  targets: {deny: [a.test, 10.0.0.1/8]}\n", "p.yaml:4:28: spec.targets.deny[1]: '10.0.0.1/8' is not allowed")]
    [TestCase("  targets: {deny: [\"a*.test\"]}\n", "p.yaml:4:20: spec.targets.deny[0]: 'a*.test' is not allowed")]
    [TestCase("  targets: {deny: [\"http://a.test\"]}\n", "p.yaml:4:20: spec.targets.deny[0]: 'http://a.test' is not allowed")]
    [TestCase("  kinds: {allow: [htpp]}\n", "p.yaml:4:19: spec.kinds.allow[0]: 'htpp' is not allowed (allowed: http, dns, tcp, tls)")]
    [TestCase("  ports: {allow: [90-80]}\n", "p.yaml:4:19: spec.ports.allow[0]: '90-80' is not allowed")]
    [TestCase("  ports: {allow: [0]}\n", "p.yaml:4:19: spec.ports.allow[0]: '0' is not allowed")]
    [TestCase("  ports: {allow: [65536]}\n", "p.yaml:4:19: spec.ports.allow[0]: '65536' is not allowed")]
    [TestCase("  allowCidrs: [loopback]\n", "p.yaml:4:16: spec.allowCidrs[0]: 'loopback' is not allowed")]
    [TestCase("  location: office\n", "p.yaml:4:13: spec.location: 'office' is not known")]
    [TestCase("  location: cloud\n  location: private\n", "p.yaml:5:3: spec.location: stands twice")]
    public void A_mistake_is_named_by_its_place(string spec, string error)
    {
        var (policy, errors) = PolicyFile.Parse(Head + spec, "p.yaml");
        Assert.That(policy, Is.Null);
        Assert.That(errors.Select(e => e.ToString()), Has.Some.StartsWith(error), string.Join('\n', errors));
    }

    [TestCase("")]
    [TestCase("kind: AgentPolicy\nspec: {}\n")]
    [TestCase("apiVersion: probes/v1\nkind: Check\nspec: {}\n")]
    [TestCase("apiVersion: probes/v1\nkind: AgentPolicy\n")]
    [TestCase("apiVersion: probes/v1\nkind: AgentPolicy\nspec: {}\n---\napiVersion: probes/v1\nkind: AgentPolicy\nspec: {}\n")]
    [TestCase("[]")]
    public void Anything_else_is_no_policy(string text)
    {
        var (policy, errors) = PolicyFile.Parse(text, "p.yaml");
        Assert.That((policy, errors.Count > 0), Is.EqualTo(((AgentPolicy?)null, true)));
    }

    [Test]
    public void A_bad_file_or_flag_keeps_the_agent_from_starting()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("policy-").FullName, "p.yaml");
        File.WriteAllText(file, Head + "  targets: {deny: [10.0.0.1/8]}\n");
        string[] start = ["--orchestrator", "http://localhost:1", "--data", Path.GetDirectoryName(file)!];
        foreach (var (flags, told) in new (string[], string)[] { (["--policy", file], $"{file}:4:20: "), (["--policy", "none.yaml"], "--policy: "), (["--allow-cidr", "10/8"], "--allow-cidr: '10/8'") })
        {
            var fault = Assert.Throws<AgentStopException>(() => RunCommand.Options(RunCommand.Create().Parse([.. start, .. flags])))!;
            Assert.That(fault.Code, Is.EqualTo(2));
            Assert.That(fault.Message, Does.StartWith(told));
        }

        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }
}
