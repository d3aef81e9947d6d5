using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Probes.Agent.Secrets;

namespace Probes.Agent;

/// <summary>One line for each event: time in UTC, level when it is not information, message.</summary>
internal sealed class AgentConsole(TimeProvider time, SecretVault vault) : ConsoleFormatter(FormatterName)
{
    private const string FormatterName = "agent";

    public static void Use(IServiceCollection services, bool verbose)
    {
        services.AddLogging(logging => logging
            .SetMinimumLevel(verbose ? LogLevel.Debug : LogLevel.Information)
            .AddFilter("Microsoft", LogLevel.Warning)

            // A start that fails is told in one sentence by who started it.
            .AddFilter("Microsoft.Extensions.Hosting", LogLevel.Critical)
            .AddFilter("Grpc", LogLevel.None)
            .AddConsole(options => options.FormatterName = FormatterName));
        services.AddSingleton<ConsoleFormatter, AgentConsole>();

        // A console that nobody reads must not hold up the agent.
        services.Configure<ConsoleLoggerOptions>(o => o.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite);
    }

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var level = logEntry.LogLevel switch
        {
            LogLevel.Debug or LogLevel.Trace => "debug: ",
            LogLevel.Warning => "warning: ",
            LogLevel.Error or LogLevel.Critical => "error: ",
            _ => "",
        };
        textWriter.Write(time.GetUtcNow().ToString("HH:mm:ss.fff'Z' "));
        textWriter.Write(level);
        textWriter.WriteLine(vault.Redact(logEntry.Formatter(logEntry.State, logEntry.Exception)));
        if (logEntry.Exception is { } fault)
        {
            textWriter.WriteLine(vault.Redact(logEntry.LogLevel >= LogLevel.Error ? fault.ToString() : $"  {fault.GetType().Name}: {fault.Message}"));
        }
    }
}
