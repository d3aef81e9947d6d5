using Probes.Faults.Parts;

namespace Probes.Faults.Plans;

/// <summary>All faults, in the order they are done.</summary>
internal static class Catalog
{
    private const double Down = 3;

    public static IReadOnlyList<Fault> All { get; } =
    [
        new("none", true, _ => Clock.Wait(8)),
        new("broker killed", true, w => KillAsync(w, broker: true)),
        new("database killed", true, w => KillAsync(w, database: true)),
        new("leading orchestrator killed", true, async w => await KillAsync(w, replicas: [await w.LeaderAsync()])),
        new("following orchestrator killed", false, async w => await KillAsync(w, replicas: [await FollowerAsync(w)])),
        new("agent killed", true, w => KillAsync(w, workers: [w.Workers[0]])),
        new("agent's network cut", true, w => CutAsync(w, 10)),
        new("both orchestrators killed", false, w => KillAsync(w, replicas: w.Replicas)),
        new("broker, then database killed", false, async w =>
        {
            ProcessTree.Signal("KILL", w.Broker.Id);
            await Clock.Wait(2);
            await KillAsync(w, broker: true, database: true);
        }),
        new("database and orchestrators killed", false, w => KillAsync(w, database: true, replicas: w.Replicas)),
        new("broker and agent killed", false, w => KillAsync(w, broker: true, workers: [w.Workers[1]])),
        new("broker down 30 s, all agents killed", false, async w =>
        {
            ProcessTree.Signal("KILL", w.Broker.Id);
            await Clock.Wait(15);
            await KillAsync(w, broker: true, workers: w.Workers);
        }),
        new("everything killed", true, w => KillAsync(w, broker: true, database: true, replicas: w.Replicas, workers: w.Workers)),
        new("agent's network cut for a minute", false, w => CutAsync(w, 60)),
        new("agent cut off from all", false, CutAllAsync, w => w.HasNamespace ? null : "no network namespace"),
        new("agent cut off and killed", false, async w =>
        {
            w.Workers[2].Cut();
            await Clock.Wait(8);
            await RestartAsync([w.Workers[2].Process]);
            await Clock.Wait(5);
            w.Workers[2].Mend();
        }),
        new("broker paused", false, w => PauseAsync(15, w.Broker.Id)),
        new("database paused", false, w => PauseAsync(15, w.Database.Id)),
        new("leading orchestrator paused", false, async w => await PauseAsync(20, (await w.LeaderAsync()).Process.Id)),
        new("agent paused", false, w => PauseAsync(8, w.Workers[0].Process.Id)),
        new("spool's disk full", false, w => FillDiskAsync(w, cut: false), NeedsDisk),
        new("spool's disk full, agent cut off", false, w => FillDiskAsync(w, cut: true), NeedsDisk),
        new("small spool", false, SmallSpoolAsync, Drops: true),
        new("agent's clock an hour ahead", false, w => JumpAsync(w, 3600), NeedsClock),
        new("agent's clock an hour back", false, w => JumpAsync(w, -3600), NeedsClock),
    ];

    private static string? NeedsDisk(World world) => world.SmallDisk is null ? "no small disk" : null;

    private static string? NeedsClock(World world) => Worker.FakeTime is null ? "libfaketime is not installed" : null;

    private static async Task<Replica> FollowerAsync(World world)
    {
        var leader = await world.LeaderAsync();
        return world.Replicas.First(r => r != leader);
    }

    /// <summary>Kills all of it at once, leaves it down for a moment, and starts it in the order that hurts most: the agents first, the database last.</summary>
    private static async Task KillAsync(World world, bool broker = false, bool database = false, IReadOnlyList<Replica>? replicas = null, IReadOnlyList<Worker>? workers = null)
    {
        ProcessTree.Signal("KILL", broker ? world.Broker.Id : 0, database ? world.Database.Id : 0);
        LoggedProcess[] ours = [.. (replicas ?? []).Select(r => r.Process), .. (workers ?? []).Select(w => w.Process)];
        foreach (var process in ours)
        {
            process.Kill();
        }

        // What was killed takes a moment to be gone. This also lets go of what the fixtures hold of the dead processes.
        await Clock.Wait(0.3);
        if (broker)
        {
            world.Broker.Kill();
        }

        if (database)
        {
            world.Database.Kill();
        }

        await Clock.Wait(Down);
        foreach (var process in ours.Reverse())
        {
            process.Start();
        }

        if (broker)
        {
            await world.StartBrokerAsync();
        }

        if (database)
        {
            await world.StartDatabaseAsync();
        }

        await world.ReadyAsync();
    }

    private static async Task RestartAsync(IReadOnlyList<LoggedProcess> processes)
    {
        foreach (var process in processes)
        {
            process.Kill();
        }

        await Clock.Wait(Down);
        foreach (var process in processes)
        {
            process.Start();
        }
    }

    private static async Task CutAsync(World world, double seconds)
    {
        world.Workers[2].Cut();
        await Clock.Wait(seconds);
        world.Workers[2].Mend();
    }

    private static async Task CutAllAsync(World world)
    {
        world.CutAll();
        await Clock.Wait(20);
        world.Workers[2].Mend();
    }

    private static async Task PauseAsync(double seconds, int process)
    {
        ProcessTree.Signal("STOP", process);
        await Clock.Wait(seconds);
        ProcessTree.Signal("CONT", process);
    }

    private static async Task FillDiskAsync(World world, bool cut)
    {
        var filler = Path.Combine(world.SmallDisk!, "filler");
        if (cut)
        {
            world.Workers[1].Cut();
        }

        // Until there is no room; then again, for what is freed meanwhile.
        for (var i = 0; i < 20; i++)
        {
            Shell.Try($"cat /dev/zero >> {filler}");
            await Clock.Wait(1);
        }

        File.Delete(filler);
        world.Workers[1].Mend();
    }

    /// <summary>The broker stays away for longer than the agents have room, and they have no other way.</summary>
    private static async Task SmallSpoolAsync(World world)
    {
        await AllWithAsync(world, "--transport", "amqp", "--spool-max-bytes", "64KiB");
        await Clock.Wait(5);
        ProcessTree.Signal("KILL", world.Broker.Id);
        await Clock.Wait(0.3);
        world.Broker.Kill();
        await Clock.Wait(60);
        await world.StartBrokerAsync();
        await world.ReadyAsync();
        await Clock.Wait(10);
        await AllWithAsync(world);
    }

    private static async Task AllWithAsync(World world, params string[] more)
    {
        await Task.WhenAll(world.Workers.Select(async worker =>
        {
            await worker.Process.StopAsync();
            worker.Process.More = more;
            worker.Process.Start();
        }));
    }

    private static async Task JumpAsync(World world, int seconds)
    {
        world.Shifts.Add(seconds * 1_000_000L);
        world.Workers[0].MoveClock(seconds);
        await Clock.Wait(20);
        world.Workers[0].MoveClock(0);
    }
}
