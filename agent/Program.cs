using System.CommandLine;
using Probes.Agent;
using Probes.Agent.Commands;

var root = new RootCommand("Runs checks where your users are.")
{
    RunCommand.Create(),
    CheckCommand.Create(),
};

var parsed = root.Parse(args);

// The host has its own handling of Ctrl-C and SIGTERM, with time to finish and to publish.
var exitCode = await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
return parsed.Errors.Count > 0 ? ExitCodes.BadInput : exitCode;
