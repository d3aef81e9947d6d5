using System.CommandLine;

namespace Probes.Orchestrator.Commands;

/// <summary>What can be typed after <c>orchestrator</c>.</summary>
internal static class CommandLine
{
    internal static Task<int> RunAsync(string[] args, Func<WebApplicationBuilder, WebApplication> build)
    {
        var run = new RunCommand(build);
        var root = new RootCommand("Runs the Probes orchestrator: catalog, sessions, ingest, detection, REST API and dashboard.");
        run.AddTo(root);
        root.Add(ApplyCommand.Create());
        root.Add(TokenCommand.Create());
        root.Add(AgentsCommand.Create());
        root.Add(LocationsCommand.Create());
        root.Add(ProjectCommand.Create());
        root.Add(KeyCommand.Create());
        root.Add(SecretCommand.Create());
        root.Add(DeadLettersCommand.Create());
        root.Add(RebuildCommand.Create());
        root.Add(BacktestCommand.Create());
        root.Add(BackupCommand.Create());
        SettingsHelp.AddTo(root);

        // The host has its own handling of Ctrl-C and SIGTERM, with time to drain.
        return root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
    }
}
