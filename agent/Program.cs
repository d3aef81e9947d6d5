using System.CommandLine;
using Probes.Agent.Commands;

var root = new RootCommand("Runs checks where your users are.")
{
    RunCommand.Create(),
    CheckCommand.Create(),
};

// The host has its own handling of Ctrl-C and SIGTERM, with time to finish and to publish.
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
