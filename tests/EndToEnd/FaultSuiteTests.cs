using System.Diagnostics;
using Probes.Tests.Structure;

namespace Probes.Tests.EndToEnd;

/// <summary>The short form of <c>dotnet run build.cs faults</c>: real processes killed and cut off, and every request of the target accounted for.</summary>
[NonParallelizable]
public sealed class FaultSuiteTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(8);

    [Test]
    public async Task Whatever_dies_nothing_is_lost_counted_twice_or_falsely_reported()
    {
        // Built beside the tests, in the same configuration.
        var output = new DirectoryInfo(AppContext.BaseDirectory);
        var program = Path.Combine(Repository.Root, "tests", "Faults", "bin", output.Parent!.Name, output.Name, "Probes.Faults.dll");
        using var suite = Process.Start(new ProcessStartInfo("dotnet", [program, "short"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        using var limit = new CancellationTokenSource(Limit);
        var said = Task.WhenAll(suite.StandardOutput.ReadToEndAsync(CancellationToken.None), suite.StandardError.ReadToEndAsync(CancellationToken.None));
        try
        {
            await suite.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            suite.Kill(entireProcessTree: true);
            Assert.Fail($"not done within {Limit.TotalMinutes} min:\n{string.Concat(await said)}");
        }

        var table = string.Concat(await said);
        TestContext.Out.WriteLine(table);
        Assert.That(suite.ExitCode, Is.Zero, table);
    }
}
