using Probes.Agent;
using Probes.Agent.Commands;
using Probes.Agent.Spool;

namespace Probes.Tests.Agent.Commands;

public sealed class SpoolFlagsTests
{
    private static readonly AgentOptions Plain = new() { Orchestrator = new Uri("https://probes.example.com:5081") };

    [Test]
    public void Without_flags_it_keeps_256_MiB_of_24_hours_and_forces_them_to_disk_at_intervals()
    {
        var options = SpoolFlags.Add(Plain, null, null, null, _ => null);
        Assert.That((options.SpoolFsync, options.SpoolMaxBytes, options.SpoolMaxAge), Is.EqualTo((FsyncPolicy.Interval, 256L * 1024 * 1024, TimeSpan.FromHours(24))));
    }

    [TestCase("65536", 65536)]
    [TestCase("64KiB", 65536)]
    [TestCase("512 mib", 536870912)]
    [TestCase("1TiB", 1099511627776)]
    public void Sizes_are_bytes_or_have_a_unit(string text, long bytes) =>
        Assert.That(SpoolFlags.Add(Plain, null, text, null, _ => null).SpoolMaxBytes, Is.EqualTo(bytes));

    [TestCase("65535")]
    [TestCase("2TiB")]
    [TestCase("-1MiB")]
    [TestCase("99999999999999999999")]
    [TestCase("lots")]
    [TestCase("")]
    [TestCase("１MiB")]
    public void A_size_that_is_none_or_out_of_bounds_is_refused_by_name(string text) =>
        Assert.That(Refused(() => SpoolFlags.Add(Plain, null, text, null, _ => null)), Is.EqualTo($"--spool-max-bytes {text}: it takes 64KiB to 1TiB, such as 512MiB or 2GiB"));

    [TestCase("59s")]
    [TestCase("31d")]
    [TestCase("24")]
    public void So_is_an_age(string text) =>
        Assert.That(Refused(() => SpoolFlags.Add(Plain, null, null, text, _ => null)), Is.EqualTo($"--spool-max-age {text}: it takes 1m to 30d, such as 12h"));

    [Test]
    public void The_environment_counts_where_there_is_no_flag_and_is_named_when_it_is_wrong()
    {
        var options = SpoolFlags.Add(Plain, "never", null, null, name => name switch { "PROBES_SPOOL_FSYNC" => "always", "PROBES_SPOOL_MAX_AGE" => "7d", _ => null });
        Assert.That((options.SpoolFsync, options.SpoolMaxAge), Is.EqualTo((FsyncPolicy.Never, TimeSpan.FromDays(7))));
        Assert.That(Refused(() => SpoolFlags.Add(Plain, null, null, null, name => name == "PROBES_SPOOL_FSYNC" ? "sometimes" : null)),
            Is.EqualTo("PROBES_SPOOL_FSYNC sometimes: it takes always, interval or never"));
    }

    private static string Refused(Action add)
    {
        var stop = Assert.Throws<AgentStopException>(add)!;
        Assert.That(stop.Code, Is.EqualTo(ExitCodes.BadInput));
        return stop.Message;
    }
}
