using System.CommandLine;
using Probes.Agent.Policy;
using Probes.Agent.Probes;
using Probes.Agent.Run;
using Probes.Agent.Secrets;
using Probes.Contracts.Checks;
using Probes.Contracts.Documents;
using Probes.Contracts.Results;

namespace Probes.Agent.Commands;

/// <summary><c>agent check -f PATH</c>: runs checks once, here, without an orchestrator. Exit codes: 0 all passed, 1 something failed, 2 bad input.</summary>
internal static class CheckCommand
{
    private const int Failed = 1;
    private const int BadInput = 2;
    private const int AtOnce = 8;

    private static readonly string[] Endings = [".yaml", ".yml", ".json"];

    private static readonly Option<string[]> Files = new("--file", "-f") { Description = "File or folder of checks (*.yaml, *.yml, *.json); may be repeated", HelpName = "PATH", Required = true };
    private static readonly Option<string?> JUnit = new("--junit") { Description = "Write the outcomes as JUnit XML too", HelpName = "FILE" };
    private static readonly Option<bool> Json = new("--json") { Description = "Print the outcomes as JSON instead of a table" };
    private static readonly Option<string?> Resolver = ResolverFlag.Create();
    private static readonly Option<string?> Policy = new("--policy") { Description = "Obey this policy file, as an agent that has it would; without it every address may be probed", HelpName = "FILE" };

    private static readonly Option<string?> SecretsFile = SecretFlags.File();

    public static Command Create()
    {
        var command = new Command("check", "Run checks once, here, and print what came of them. Exit code: 0 all passed, 1 something failed, 2 bad input.")
        {
            Files, JUnit, Json, Resolver, Policy, SecretsFile,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        var (resolving, error) = ResolverFlag.Parse(parsed.GetValue(Resolver));
        if (resolving is null)
        {
            return await RefuseAsync(error);
        }

        DocumentSet documents;
        TargetGuard guard;
        try
        {
            guard = Guard(parsed.GetValue(Policy));
            documents = CheckDocuments.Read(parsed.GetValue(Files)!.SelectMany(Find).Select(f => (f, File.ReadAllText(f))));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return await RefuseAsync($"--file: {e.Message}");
        }
        catch (AgentStopException wrong)
        {
            return await RefuseAsync(wrong.Message);
        }

        if (documents.Errors.Count > 0)
        {
            return await RefuseAsync(string.Join('\n', documents.Errors));
        }

        if (documents.Checks.Count == 0)
        {
            return await RefuseAsync("--file: no check is defined there (allowed: documents of kind Check)");
        }

        SecretVault vault;
        try
        {
            vault = SecretFlags.Read(parsed.GetValue(SecretsFile), documents);
        }
        catch (AgentStopException wrong)
        {
            return await RefuseAsync(wrong.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return await RefuseAsync($"--secrets-file: {e.Message}");
        }

        var catalog = new ProbeCatalog(resolving, guard, TimeProvider.System);
        var outcomes = await RunAllAsync(documents.Checks, kind => catalog.Find(kind) is { } probe ? new SecretProbe(probe, vault) : null, ct);
        if (parsed.GetValue(Json))
        {
            using var output = Console.OpenStandardOutput();
            JsonReport.Write(outcomes, output);
        }
        else
        {
            CheckReport.Print(outcomes, Console.Out);
        }

        if (parsed.GetValue(JUnit) is { } file)
        {
            try
            {
                JUnitReport.Write(outcomes, file);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return await RefuseAsync($"--junit: {e.Message}");
            }
        }

        return outcomes.All(o => o.Outcome.Status == RunStatus.Passed) ? 0 : Failed;
    }

    private static TargetGuard Guard(string? policy) => policy is null
        ? TargetGuard.Open
        : new TargetGuard(new GuardOptions { AnyAddress = true, Policy = PolicyFile.Load(policy) }, OwnAddresses.None);

    private static async Task<IReadOnlyList<CheckedOutcome>> RunAllAsync(IReadOnlyList<Check> checks, FindProbe find, CancellationToken ct)
    {
        var outcomes = new CheckedOutcome[checks.Count];
        await Parallel.ForAsync(0, checks.Count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct }, async (i, stopping) =>
        {
            outcomes[i] = await AttemptAsync(find, checks[i], stopping);
        });
        return outcomes;
    }

    // As an agent does: a failed run is made again when the check says so, and the last attempt counts.
    private static async ValueTask<CheckedOutcome> AttemptAsync(FindProbe find, Check check, CancellationToken stopping)
    {
        CheckedOutcome? before = null;
        for (var made = 1; ; made++)
        {
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(stopping);
            timeout.CancelAfter(check.Timeout);
            var outcome = await RunAsync(find, check, timeout.Token, stopping);
            if (before is not null && outcome.Source == FailureSource.Agent)
            {
                return before;
            }

            before = new CheckedOutcome(check, outcome, made);
            if (!RunResults.IsToBeRetried(check, outcome.Status, outcome.Source, made))
            {
                return before;
            }

            await Task.Delay(check.Retry!.After, TimeProvider.System, stopping);
        }
    }

    private static async ValueTask<ProbeOutcome> RunAsync(FindProbe find, Check check, CancellationToken timeout, CancellationToken stopping)
    {
        try
        {
            return find(check.Probe.Kind) is { } probe
                ? await probe.RunAsync(check, timeout, stopping)
                : RunResults.AgentError($"this agent has no probe for kind '{check.Probe.Kind}'");
        }
        catch (Exception error) when (!stopping.IsCancellationRequested)
        {
            // One check that this agent cannot run must not hide what became of the others.
            return RunResults.AgentError($"{error.GetType().Name}: {error.Message}");
        }
    }

    private static IEnumerable<string> Find(string path) => Directory.Exists(path)
        ? Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)
            .Where(f => Endings.Contains(Path.GetExtension(f), StringComparer.OrdinalIgnoreCase)).Order(StringComparer.Ordinal)
        : [path];

    private static async Task<int> RefuseAsync(string message)
    {
        await Console.Error.WriteLineAsync(message);
        return BadInput;
    }
}

/// <summary>A check and what its last attempt gave.</summary>
/// <param name="Attempts">Made in all.</param>
internal sealed record CheckedOutcome(Check Check, ProbeOutcome Outcome, int Attempts);
