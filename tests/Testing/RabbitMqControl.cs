using System.Diagnostics;

namespace Probes.Tests.Testing;

/// <summary>Runs rabbitmqctl beside the program of a broker, with that broker's settings.</summary>
internal static class RabbitMqControl
{
    public static async Task<string[]> RunAsync(string server, IReadOnlyDictionary<string, string> settings, string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(Path.GetDirectoryName(server)!, "rabbitmqctl"), [arguments[0], "--quiet", .. arguments[1..]])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in settings.Where(s => !s.Key.Contains("ERL_ARGS", StringComparison.Ordinal)))
        {
            start.Environment[name] = value;
        }

        // The default is 10,000 above the broker's, which need not be a port.
        (start.Environment["RABBITMQ_CTL_DIST_PORT_MIN"], start.Environment["RABBITMQ_CTL_DIST_PORT_MAX"]) = ("1024", "65535");
        using var process = Process.Start(start) ?? throw new InvalidOperationException("rabbitmqctl did not start");
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            : throw new InvalidOperationException($"rabbitmqctl {string.Join(' ', arguments)}: {await output}{await errors}");
    }
}
