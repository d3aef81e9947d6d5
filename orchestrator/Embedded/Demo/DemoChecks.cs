using Probes.Contracts.Checks;
using Probes.Contracts.Documents;

namespace Probes.Orchestrator.Embedded.Demo;

/// <summary>What the demo watches: one check of each kind that its target understands.</summary>
internal static class DemoChecks
{
    internal static DocumentSet Documents(int port) => new(
    [
        new Check
        {
            Name = "shop-home",
            Description = "The demo shop's first page",
            Interval = TimeSpan.FromSeconds(1),
            Timeout = TimeSpan.FromSeconds(1),
            Probe = new HttpSpec { Url = new Uri($"http://{DemoTarget.Host}:{port}/") },
            Assertions = [new StatusAssertion([new StatusRange(200, 200)]), new BodyAssertion(new TextTest(TextOperator.Contains, "Welcome"))],
        },
        new Check
        {
            Name = "shop-cart-api",
            Description = "The cart's API answers with a cart",
            Interval = TimeSpan.FromSeconds(2),
            Timeout = TimeSpan.FromSeconds(2),
            Probe = new HttpSpec { Url = new Uri($"http://{DemoTarget.Host}:{port}/api/cart") },
            Assertions =
            [
                new StatusAssertion([new StatusRange(200, 200)]),
                new JsonPathAssertion("$.status", new TextTest(TextOperator.Equals, "ok")),
            ],
        },
        new Check
        {
            Name = "shop-port",
            Description = "The shop's port takes connections",
            Interval = TimeSpan.FromSeconds(2),
            Timeout = TimeSpan.FromSeconds(2),
            Probe = new TcpSpec { Host = DemoTarget.Host, Port = port },
        },
        new Check
        {
            Name = "shop-dns",
            Description = "The shop's name resolves",
            Interval = TimeSpan.FromSeconds(2),
            Timeout = TimeSpan.FromSeconds(2),
            Probe = new DnsSpec { Name = DemoTarget.Host },
        },
    ], [.. DemoRegion.All.Select(r => r.Location)], []);
}
