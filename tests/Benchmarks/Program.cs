using System.Globalization;
using Probes.Benchmarks.Agents;
using Probes.Benchmarks.Answers;
using Probes.Benchmarks.Backtest;
using Probes.Benchmarks.Detection;
using Probes.Benchmarks.Detection.Series;
using Probes.Benchmarks.Pipeline;
using Probes.Benchmarks.Sessions;
using Probes.Benchmarks.Store;

const string Help = """
    dotnet run -c Release --project tests/Benchmarks -- NAME [...]
      agents [...]        cost of a probe beside blackbox_exporter
      sessions [COUNT]    many sessions on one orchestrator (default 10000)
      pipeline [ENGINE] [COUNT] [REPLICAS]  results per second from publish to rollup on RabbitMQ; ENGINE postgres (default) or sqlite,
                          where one orchestrator works (the default); on PostgreSQL more may
      store [ROUNDS] [ENGINE]  results stored and rolled up per second, beside the bare engine (default 5 rounds, both engines)
      detection [--set N] [--quick] [--family TEXT] [--ours] [--wrong]  precision, recall, delay and false alarms on labelled scenarios, beside three references;
                          of scenarios drawn anew (set 2 and on), of some of them, of families whose name holds a text, of Probes alone; what it gets wrong, one by one
      calm [WEEKS]        false alarms per check-month in weeks in which nothing is wrong (default 16)
      cost [PAIRS]        CPU of detection per simulated second (default 10,000 check-regions)
      series [--data DIR] precision, recall and delay on measured series that people have labelled, beside the same references
      answers [sqlite]    CPU of comparing what 10,000 check-regions are answered (default on PostgreSQL)
      backtest [DAYS]     stored history replayed through detection: check-region-days per second (default 7 days of 100 check-regions)
      heatmap [MILLIONS]  queries over many stored results (default 10 million)
      overview            the overview of 1,000 checks in 20 regions
      growth [MILLIONS]   storing and queries on PostgreSQL as it grows to many results (default 100 million, 35 GB of disk)
      history [DAYS]      bytes of rollups per check and region (default 10 days)
    """;

var rest = args.Skip(1).ToArray();
switch (args.FirstOrDefault())
{
    case "agents":
        return await AgentBench.RunAsync(rest);
    case "sessions":
        return await SessionBench.RunAsync(rest);
    case "pipeline":
        return await PipelineBench.RunAsync(rest);
    case "store":
        return await StoreBench.RunAsync(rest.Length > 0 ? int.Parse(rest[0], CultureInfo.InvariantCulture) : 5, rest.ElementAtOrDefault(1));
    case "detection":
        return DetectionBench.Run(rest);
    case "calm":
        return CalmBench.Run(rest.Length > 0 ? int.Parse(rest[0], CultureInfo.InvariantCulture) : 16);
    case "cost":
        return await CostBench.RunAsync(rest.Length > 0 ? int.Parse(rest[0], CultureInfo.InvariantCulture) : 10_000);
    case "series":
        return SeriesBench.Run(rest);
    case "answers":
        return await AnswersBench.RunAsync(rest);
    case "backtest":
        return await BacktestBench.RunAsync(rest.Length > 0 ? int.Parse(rest[0], CultureInfo.InvariantCulture) : 7);
    case "heatmap":
        return await HeatmapBench.RunAsync(rest.Length > 0 ? double.Parse(rest[0], CultureInfo.InvariantCulture) : 10);
    case "overview":
        return await OverviewBench.RunAsync();
    case "growth":
        return await GrowthBench.RunAsync(rest.Length > 0 ? int.Parse(rest[0], CultureInfo.InvariantCulture) : 100);
    case "history":
        return await HistoryBench.RunAsync(rest.Length > 0 ? int.Parse(rest[0], CultureInfo.InvariantCulture) : 10);
    case null or "--help" or "-h":
        Console.WriteLine(Help);
        return 0;
    default:
        Console.Error.WriteLine($"There is no benchmark '{args[0]}'.\n{Help}");
        return 2;
}
