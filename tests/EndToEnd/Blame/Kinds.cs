namespace Probes.Tests.EndToEnd.Blame;

/// <summary>The faults of a world, and what each must be blamed on.</summary>
internal sealed class Kinds(BlameWorld world)
{
    private const double MoreMs = 400;

    public static IEnumerable<string> Regions => BlameWorld.Seats.Select(s => s.Region).Distinct();

    public Kind Route() => new("one region's way to one target takes longer", on => world.Slow(on ? MoreMs : 0, ["eu"], ["shop"]),
        "route", "Route from eu-west to shop.test", "it is well from 4 other regions, and ", "wait", [("shop", "eu-west")]);

    /// <param name="own">Checks that the one of the two runs.</param>
    public Kind OneOfTwoThatShare(IEnumerable<string> own) => new("one of two agents that share a location's checks is slow", on => world.Slow(on ? MoreMs : 0, ["sa-a"], BlameWorld.Everywhere),
        "agent", "Agent sa-a in sa-east", "what others run there is well", "wait", [.. own.Select(c => (c, "sa-east"))]);

    public Kind OneOfTwoThatBothRun() => new("one of two agents that run the same checks is slow", on => world.Slow(on ? MoreMs : 0, ["us-2"], BlameWorld.Everywhere),
        "agent", "Agent us-2 in us-east", "it alone sees it, 1 other agent of the region does not", "wait", InRegion("us-east"));

    public Kind Network() => new("all targets of one region take longer", on => world.Slow(on ? MoreMs : 0, ["us-1", "us-2"], BlameWorld.Everywhere),
        "region", "Network of us-east", "the network of us-east: 5 checks of different targets", "wait", InRegion("us-east"));

    public Kind SlowResolver() => new("one region's resolver is slow", on => world.SlowResolver(on ? BlameWorld.Usual.TotalMilliseconds : 0, "ap"),
        "region", "Resolver of ap-south", "the resolver of ap-south: 5 checks of different targets", "dns", InRegion("ap-south"));

    public Kind FailingResolver() => new("one region's resolver answers SERVFAIL", on => world.FailingResolver(on, "ap"),
        "region", "Resolver of ap-south", "the resolver of ap-south: 5 checks of different targets", "dns", InRegion("ap-south"));

    public Kind SlowTarget() => new("one target takes longer for all", on => world.SlowTarget(on ? MoreMs : 0, "pay"),
        "target", "Target pay.test", "the target pay.test: worse from 5 regions at once", "wait", FromEverywhere("pay"));

    public Kind DownTarget() => new("one target fails for all", on => world.Down(on, "api"),
        "target", "Target api.test", "the target api.test: worse from 5 regions at once", null, FromEverywhere("api"));

    public Kind Everything() => new("everything takes longer", on => world.SlowTarget(on ? MoreMs : 0, [.. BlameWorld.Everywhere, .. BlameWorld.Seldom]),
        "everything", "Nearly everything", "something that all share: ", "wait", [.. BlameWorld.Everywhere.SelectMany(FromEverywhere)])
    {
        Maybe = [.. BlameWorld.Seldom.SelectMany(c => new[] { (c, "eu-west"), (c, "af-south") })],
    };

    private static List<(string, string)> InRegion(string region) => [.. BlameWorld.Everywhere.Select(c => (c, region))];

    private static List<(string, string)> FromEverywhere(string check) => [.. Regions.Select(r => (check, r))];
}
