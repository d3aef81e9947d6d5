using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Probes.Agent.Session;

namespace Probes.Agent.Commands;

/// <summary><c>agent run</c>: enrols if needed, then runs what the orchestrator assigns until it is told to stop.</summary>
internal static class RunCommand
{
    private static readonly Option<string?> Orchestrator = new("--orchestrator")
    {
        Description = "gRPC address of the orchestrator, such as https://probes.example.com:5081 (or PROBES_ORCHESTRATOR; default: the one it enrolled with)",
        HelpName = "URL",
    };

    private static readonly Option<string?> Token = new("--token")
    {
        Description = "Enrolment token (or PROBES_TOKEN); needed at the first start only",
        HelpName = "TOKEN",
    };

    private static readonly Option<string?> Name = new("--name") { Description = "Name to ask for at enrolment (default: the machine's)", HelpName = "NAME" };

    private static readonly Option<string?> Data = new("--data")
    {
        Description = "Folder for identity, assignment and spool (or PROBES_DATA; default ./agent-data)",
        HelpName = "DIR",
    };

    private static readonly Option<string?> Broker = new("--broker")
    {
        Description = "Broker address to use instead of the one the orchestrator gives (amqp:// or amqps://)",
        HelpName = "URI",
    };

    private static readonly Option<int> MaxConcurrency = new("--max-concurrency")
    {
        Description = "Probes at once, 1 to 10000",
        HelpName = "N",
        DefaultValueFactory = _ => AgentOptions.DefaultConcurrency,
    };

    private static readonly Option<double> Capacity = new("--capacity")
    {
        Description = "Runs a second this agent can take, 0.01 to 100000 (default: not declared); what has no room anywhere is shed, and shown",
        HelpName = "RUNS_PER_SECOND",
    };

    private static readonly Option<string?> Resolver = ResolverFlag.Create();

    private static readonly Option<string?> Policy = PolicyFlags.Policy();

    private static readonly Option<string[]> AllowCidr = PolicyFlags.AllowCidr();

    private static readonly Option<string?> Ca = new("--ca")
    {
        Description = "Roots to trust for orchestrator and broker instead of the machine's: a PEM file (or PROBES_CA)",
        HelpName = "FILE",
    };

    private static readonly Option<AgentTransport> Transport = new("--transport")
    {
        Description = "Which way results go: auto (the broker, and over gRPC while it cannot be reached), amqp or relay (over gRPC only)",
        HelpName = "auto|amqp|relay",
        DefaultValueFactory = _ => AgentTransport.Auto,
    };

    private static readonly Option<string?> Proxy = ProxyFlags.Proxy();

    private static readonly Option<string?> NoProxy = ProxyFlags.NoProxy();

    private static readonly Option<string?> SpoolFsync = SpoolFlags.Fsync();

    private static readonly Option<string?> SpoolMaxBytes = SpoolFlags.MaxBytes();

    private static readonly Option<string?> SpoolMaxAge = SpoolFlags.MaxAge();

    private static readonly Option<bool> AllowPlaintext = new("--allow-plaintext") { Description = "Allow http:// and amqp:// to another machine" };

    private static readonly Option<bool> Verbose = new("--verbose") { Description = "Log details" };

    public static Command Create()
    {
        var command = new Command("run", """
            Runs the checks that an orchestrator assigns.
            Exit codes: 0 stopped on request, 1 fault, 2 bad input (flags, policy, token, data folder), 3 the orchestrator refused this agent's identity.
            """)
        {
            Orchestrator, Token, Name, Data, Broker, MaxConcurrency, Capacity, Resolver, Policy, AllowCidr, Ca, Transport, Proxy, NoProxy,
            SpoolFsync, SpoolMaxBytes, SpoolMaxAge, AllowPlaintext, Verbose,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        try
        {
            var (resolver, error) = ResolverFlag.Parse(parsed.GetValue(Resolver));
            if (resolver is null)
            {
                throw Wrong(error);
            }

            using var host = AgentHost.Create(Options(parsed), services =>
            {
                services.Replace(ServiceDescriptor.Singleton(resolver));
                Console(services, parsed.GetValue(Verbose));
            });
            await host.StartAsync(ct);
            await host.WaitForShutdownAsync(ct);
            var exit = host.Services.GetRequiredService<AgentExit>();
            return exit.Code == ExitCodes.Stopped ? exit.Code : Fail(exit.Code, exit.Reason);
        }
        catch (AgentStopException cause)
        {
            return Fail(cause.Code, cause.Message);
        }
        catch (OptionsValidationException refused)
        {
            return Fail(ExitCodes.BadInput, string.Join(Environment.NewLine, refused.Failures));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return Fail(ExitCodes.Fault, error.Message);
        }
    }

    /// <exception cref="AgentStopException">A flag is wrong; the message says which and what it takes.</exception>
    internal static AgentOptions Options(ParseResult parsed)
    {
        var data = Given(parsed.GetValue(Data), "PROBES_DATA") ?? AgentOptions.DefaultDataFolder;
        var text = Given(parsed.GetValue(Orchestrator), "PROBES_ORCHESTRATOR")
            ?? new IdentityFile(Path.Combine(data, IdentityFile.FileName)).Load()?.Orchestrator.OriginalString
            ?? throw Wrong("give the orchestrator's gRPC address with --orchestrator or PROBES_ORCHESTRATOR, such as http://localhost:5081");
        var (orchestrator, error) = OrchestratorAddress.Parse(text, parsed.GetValue(AllowPlaintext));
        var concurrency = parsed.GetValue(MaxConcurrency);
        var capacity = parsed.GetValue(Capacity);
        var broker = parsed.GetValue(Broker) ?? "";
        return orchestrator is null ? throw Wrong($"--orchestrator: {error}")
            : capacity is not 0 and not (>= 0.01 and <= 100_000) ? throw Wrong($"--capacity {capacity}: it takes 0.01 to 100000 runs a second")
            : concurrency is < 1 or > 10_000 ? throw Wrong($"--max-concurrency {concurrency}: it takes 1 to 10000")
            : broker.Length > 0 && !(Uri.TryCreate(broker, UriKind.Absolute, out var uri) && uri.Scheme is "amqp" or "amqps")
                ? throw Wrong("--broker: it takes an address such as amqps://mq.example.com/probes")
            : ProxyFlags.Add(WithSpool(parsed, new AgentOptions
            {
                Orchestrator = orchestrator,
                Token = Given(parsed.GetValue(Token), "PROBES_TOKEN") ?? "",
                Name = parsed.GetValue(Name) ?? "",
                DataFolder = data,
                MaxConcurrency = concurrency,
                Capacity = capacity,
                BrokerUri = broker,
                CaFile = Given(parsed.GetValue(Ca), "PROBES_CA") ?? "",
                Transport = parsed.GetValue(Transport),
                AllowPlaintext = parsed.GetValue(AllowPlaintext),
                Guard = PolicyFlags.Read(parsed.GetValue(Policy), parsed.GetValue(AllowCidr)),
            }), parsed.GetValue(Proxy), parsed.GetValue(NoProxy), Environment.GetEnvironmentVariable);
    }

    private static AgentOptions WithSpool(ParseResult parsed, AgentOptions options) =>
        SpoolFlags.Add(options, parsed.GetValue(SpoolFsync), parsed.GetValue(SpoolMaxBytes), parsed.GetValue(SpoolMaxAge), Environment.GetEnvironmentVariable);

    private static string? Given(string? flag, string variable) =>
        !string.IsNullOrWhiteSpace(flag) ? flag : Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null;

    private static AgentStopException Wrong(string message) => new(ExitCodes.BadInput, message);

    private static int Fail(int code, string message)
    {
        System.Console.Error.WriteLine($"agent: {message}");
        return code;
    }

    /// <summary>As a process of its own it logs to the console and heeds Ctrl-C and SIGTERM.</summary>
    private static void Console(IServiceCollection services, bool verbose)
    {
        AgentConsole.Use(services, verbose);
        services.Replace(ServiceDescriptor.Singleton<IHostLifetime, Microsoft.Extensions.Hosting.Internal.ConsoleLifetime>());
        services.Configure<ConsoleLifetimeOptions>(o => o.SuppressStatusMessages = true);
    }
}
