using System.CommandLine;

namespace Probes.Orchestrator.Commands;

/// <summary><c>orchestrator</c> itself: settings from file, environment and flags, then the host until it is told to stop.</summary>
internal sealed class RunCommand(Func<WebApplicationBuilder, WebApplication> build)
{
    private readonly Option<string?> _data = new("--data") { Description = "Data folder (default ./data, or PROBES_DATA)", HelpName = "PATH" };
    private readonly Option<string?> _http = new("--http") { Description = "Address of dashboard and API (default http://localhost:5080)", HelpName = "URL" };
    private readonly Option<string?> _grpc = new("--grpc") { Description = "Address for agents (default http://localhost:5081)", HelpName = "URL" };
    private readonly Option<bool> _demo = new("--demo") { Description = "Show it at work: five regions, five agents and a target that degrades, all on this machine" };
    private readonly Option<string[]> _set = new("--set") { Description = "Any setting, such as --set Store:ResultRetentionDays=30", HelpName = "KEY=VALUE", DefaultValueFactory = _ => [] };

    internal void AddTo(RootCommand root)
    {
        root.Add(_data);
        root.Add(_http);
        root.Add(_grpc);
        root.Add(_demo);
        root.Add(_set);
        root.SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        try
        {
            await using var app = build(Settings.CreateBuilder(Flags(parsed)));
            await app.RunAsync(ct);
            return 0;
        }
        catch (SettingsException refused)
        {
            await Console.Error.WriteLineAsync($"orchestrator: {refused.Message}");
            return 2;
        }
        catch (Microsoft.Extensions.Options.OptionsValidationException refused)
        {
            await Console.Error.WriteLineAsync($"orchestrator: {string.Join(Environment.NewLine, refused.Failures)}");
            return 2;
        }
        catch (IOException fault) when (fault.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            await Console.Error.WriteLineAsync($"orchestrator: {fault.Message} (choose others with --http and --grpc)");
            return 1;
        }
    }

    private Dictionary<string, string?> Flags(ParseResult parsed)
    {
        var flags = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var pair in parsed.GetValue(_set) ?? [])
        {
            var at = pair.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0)
            {
                throw new SettingsException($"--set {pair}: it takes KEY=VALUE, such as Store:ResultRetentionDays=30");
            }

            flags[pair[..at]] = pair[(at + 1)..];
        }

        Add("Data", parsed.GetValue(_data));
        Add("Http:Url", parsed.GetValue(_http));
        Add("Grpc:Url", parsed.GetValue(_grpc));
        Add("Demo", parsed.GetValue(_demo) ? "true" : null);
        return flags;

        void Add(string key, string? value)
        {
            if (value is not null)
            {
                flags[key] = value;
            }
        }
    }
}
