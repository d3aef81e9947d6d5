using System.Diagnostics;
using Probes.Tests.Structure;

namespace Probes.Tests.Charts;

public sealed class SystemdUnitTests
{
    private static readonly string Unit = Path.Combine(Repository.Root, "deploy", "systemd", "probes-agent.service");

    [TestCase("DynamicUser=yes")]
    [TestCase("ProtectSystem=strict")]
    [TestCase("ProtectHome=yes")]
    [TestCase("NoNewPrivileges=yes")]
    [TestCase("CapabilityBoundingSet=")]
    [TestCase("PrivateDevices=yes")]
    [TestCase("SystemCallFilter=@system-service")]
    [TestCase("UMask=0077")]
    [TestCase("StateDirectoryMode=0700")]
    [TestCase("RestartPreventExitStatus=2 3")]
    public void The_agents_unit_is_hardened(string line) => Assert.That(File.ReadAllLines(Unit), Does.Contain(line));

    [Test]
    public async Task Systemd_takes_the_unit()
    {
        const string Analyze = "/usr/bin/systemd-analyze";
        if (!File.Exists(Analyze))
        {
            // A machine without systemd; the lines above still hold.
            return;
        }

        var folder = Directory.CreateTempSubdirectory("probes-").FullName;
        var copy = Path.Combine(folder, "probes-agent.service");
        await File.WriteAllTextAsync(copy, (await File.ReadAllTextAsync(Unit)).Replace("/opt/probes-agent/agent", "/bin/true", StringComparison.Ordinal));
        using var process = Process.Start(new ProcessStartInfo(Analyze, ["verify", copy]) { RedirectStandardError = true })!;
        var said = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Directory.Delete(folder, recursive: true);
        Assert.That(process.ExitCode, Is.Zero, said);
        Assert.That(said, Is.Empty);
    }
}
