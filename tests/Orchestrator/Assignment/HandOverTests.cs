using System.Collections.Immutable;
using Probes.Orchestrator.Assignment;
using Probes.Orchestrator.Catalog;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Assignment;

public sealed class HandOverTests
{
    private static readonly CatalogCheck A = Made("a");
    private static readonly CatalogCheck B = Made("b");

    [Test]
    public void New_changed_and_deleted_checks_begin_and_end_at_once()
    {
        var change = HandOver.Between(Plan(("one", [A])), Plan(("one", [A with { UpdatedAt = DateTimeOffset.UnixEpoch.AddDays(1) }, B])), _ => Standing.Obeys);
        Assert.That((change.Kind, change.Waits), Is.EqualTo((HandOverKind.None, false)));
        Assert.That(HandOver.Between(Plan(("one", [A, B])), Plan(("one", [B])), _ => Standing.Obeys).Kind, Is.EqualTo(HandOverKind.None));
    }

    [Test]
    public void What_goes_from_one_agent_that_obeys_to_another_is_announced() =>
        Assert.That(HandOver.Between(Plan(("one", [A, B])), Plan(("one", [A]), ("two", [B])), _ => Standing.Obeys).Kind, Is.EqualTo(HandOverKind.Planned));

    [Test]
    public void What_the_gone_had_is_taken_over_and_the_gone_are_fenced_only_when_a_peer_took_over()
    {
        var change = HandOver.Between(Plan(("one", [A]), ("two", [B])), Plan(("two", [A, B])), id => id == "one" ? Standing.Gone : Standing.Obeys);
        Assert.That(change.Kind, Is.EqualTo(HandOverKind.Takeover));
        Assert.That(change.Replaced, Is.EqualTo(new[] { "one" }));
        var alone = HandOver.Between(Plan(("one", [A])), LocationPlan.Empty, _ => Standing.Gone);
        Assert.That(alone.Replaced, Is.Empty);
        Assert.That(HandOver.Between(Plan(("one", [])), Plan(("two", [A])), _ => Standing.Gone).Replaced, Is.Empty);
    }

    [Test]
    public void A_change_waits_for_an_agent_that_is_away_when_it_would_have_to_give_something_up() =>
        Assert.That(HandOver.Between(Plan(("one", [A, B])), Plan(("one", [A]), ("two", [B])), id => id == "one" ? Standing.Away : Standing.Obeys).Waits, Is.True);

    private static LocationPlan Plan(params (string Agent, CatalogCheck[] Checks)[] shares) =>
        new(shares.ToImmutableDictionary(s => s.Agent, s => s.Checks.ToImmutableArray()), []);

    private static CatalogCheck Made(string name) => new(1, RunningOrchestrator.TcpCheck(name) with { Revision = 1 }, DateTimeOffset.UnixEpoch, false);
}
