using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Probes.Orchestrator.Commands;

/// <summary>One quiet line for each event: time, level when it is not information, message.</summary>
internal sealed class ConsoleLogs(TimeProvider clock) : ConsoleFormatter(FormatterName)
{
    internal const string FormatterName = "probes";

    internal static void Use(WebApplicationBuilder builder)
    {
        builder.Logging.ClearProviders();
        builder.Logging.AddConsole(options => options.FormatterName = FormatterName);
        builder.Services.AddSingleton<ConsoleFormatter, ConsoleLogs>();
        // A console that nobody reads must not hold up the program.
        builder.Services.Configure<ConsoleLoggerOptions>(o => o.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite);
    }

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var message = logEntry.Formatter(logEntry.State, logEntry.Exception);
        var level = logEntry.LogLevel switch
        {
            LogLevel.Warning => "warning: ",
            LogLevel.Error => "error: ",
            LogLevel.Critical => "critical: ",
            _ => "",
        };
        textWriter.Write(clock.GetUtcNow().ToString("HH:mm:ss.fff'Z' "));
        textWriter.Write(level);
        textWriter.WriteLine(message);
        if (logEntry.Exception is { } fault)
        {
            // The whole trace only where someone may act on it.
            textWriter.WriteLine(logEntry.LogLevel >= LogLevel.Error ? fault.ToString() : $"  {fault.GetType().Name}: {fault.Message}");
        }
    }
}
