using System.Globalization;
using Probes.Faults.Parts;
using Probes.Faults.Plans;
using Probes.Faults.Soak;

const string Help = """
    dotnet run build.cs faults -- [FORM]
      full [RATE]            every fault (default; 99 runs a second)
      short [RATE]           those that CI does, in less than three minutes
      only TEXT [RATE]       those whose name contains the text
      list                   what there is
      soak [MINUTES] [RATE]  nothing but load (30 minutes, 2000 runs a second): memory flat, spools drained, no error logged

    Processes print into artifacts/faults. The exit code is 1 when anything is lost, counted twice or falsely reported.
    Cutting networks, a full disk and moved clocks take root and libfaketime; a run says what it leaves out.
    """;

var form = args.FirstOrDefault() ?? "full";
var only = form == "only" ? args.ElementAtOrDefault(1) : null;
var rateText = args.ElementAtOrDefault(form == "only" ? 2 : 1) ?? "99";
if (form is "--help" or "-h")
{
    Console.WriteLine(Help);
    return 0;
}

if (form == "list")
{
    Console.WriteLine(string.Join('\n', Catalog.All.Select(f => f.Name + (f.Short ? " (short)" : ""))));
    return 0;
}

var number = NumberStyles.None;
if (form == "soak")
{
    if (!int.TryParse(args.ElementAtOrDefault(1) ?? "30", number, CultureInfo.InvariantCulture, out var minutes) || minutes is < 1 or > 10_000
        || !int.TryParse(args.ElementAtOrDefault(2) ?? "2000", number, CultureInfo.InvariantCulture, out var steady) || steady is < 3 or > 10_000)
    {
        Console.Error.WriteLine($"A soak takes 1 to 10000 minutes and 3 to 10000 runs a second.\n{Help}");
        return 2;
    }

    await using var quiet = await World.StartAsync(Path.Combine(Programs.Root, "artifacts", "faults"), steady, SoakRun.Settings);
    Console.WriteLine($"{steady} runs a second for {minutes} minutes");
    return await new SoakRun(quiet, minutes).RunAsync();
}

var faults = Catalog.All.Where(f => form switch
{
    "full" => true,
    "short" => f.Short,
    "only" => only is not null && f.Name.Contains(only, StringComparison.OrdinalIgnoreCase),
    _ => false,
}).ToList();
if (faults.Count == 0 || !int.TryParse(rateText, number, CultureInfo.InvariantCulture, out var rate) || rate is < 3 or > 10_000)
{
    Console.Error.WriteLine($"There are no such faults, or the rate is not 3 to 10000 runs a second.\n{Help}");
    return 2;
}

await using var world = await World.StartAsync(Path.Combine(Programs.Root, "artifacts", "faults"), rate);
Console.WriteLine($"{rate} runs a second by {world.Workers.Count} agents, {world.Replicas.Count} orchestrators");
var run = new Run(world);
await run.DoAsync(faults);
var (judged, unseen) = await run.JudgeAsync(run.Windows[^1].ToUs - 4_000_000);
return await new Verdict(world, run.Windows, judged, unseen).PrintAsync();
