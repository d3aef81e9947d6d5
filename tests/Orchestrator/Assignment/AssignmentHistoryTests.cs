using Probes.Orchestrator.Assignment;
using Probes.Orchestrator.Catalog;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Assignment;

public sealed class AssignmentHistoryTests
{
    [Test]
    public void The_same_checks_again_are_no_new_revision()
    {
        var history = new AssignmentHistory(100);
        Assert.That(history.Assign([Made("a", 1)]), Is.True);
        Assert.That(history.Assign([Made("a", 1)]), Is.False);
        Assert.That(history.Assign([Made("a", 2)]), Is.True);
        Assert.That(history.Current.Number, Is.EqualTo(102));
    }

    [Test]
    public void A_revision_from_elsewhere_is_no_base_and_is_stepped_over()
    {
        var history = new AssignmentHistory(100);
        history.Assign([Made("a", 1)]);
        Assert.That(history.Base(5000), Is.Null);
        Assert.That(history.Current.Number, Is.EqualTo(5001));
        Assert.That(history.Current.Checks, Has.Length.EqualTo(1));
    }

    [Test]
    public void Only_the_latest_revisions_serve_as_bases()
    {
        var history = new AssignmentHistory(100);
        for (var i = 1; i <= 10; i++)
        {
            history.Assign([Made("a", i)]);
        }

        Assert.That(history.Base(109), Is.Not.Null);
        Assert.That(history.Base(101), Is.Null);
        Assert.That(history.Current.Number, Is.EqualTo(110));
    }

    private static CatalogCheck Made(string name, long revision) =>
        new(1, RunningOrchestrator.TcpCheck(name) with { Revision = revision }, DateTimeOffset.UnixEpoch, false);
}
