namespace Probes.Orchestrator.Embedded.Demo;

/// <summary>Lets one region after another degrade, and says so on the console.</summary>
internal sealed class DemoScript(DemoConditions conditions, TimeProvider clock, ILogger<DemoScript> log)
{
    internal async Task RunAsync(CancellationToken ct)
    {
        var start = clock.GetTimestamp();
        for (var number = 0; ; number++)
        {
            var fault = DemoFault.Number(number);
            await UntilAsync(fault.From);
            conditions.Set(fault.Region, fault.Kind);
            Log.DemoFault(log, fault.Sentence);
            await UntilAsync(fault.Until);
            conditions.Set(fault.Region, FaultKind.None);
            Log.DemoFault(log, $"{fault.Region}: back to normal");
        }

        async Task UntilAsync(TimeSpan time)
        {
            var left = time - clock.GetElapsedTime(start);
            if (left > TimeSpan.Zero)
            {
                await Task.Delay(left, clock, ct);
            }
        }
    }
}
