using System.CommandLine;
using Probes.Agent.Secrets;
using Probes.Contracts.Checks;
using Probes.Contracts.Documents;

namespace Probes.Agent.Commands;

/// <summary>Secrets of <c>agent check</c>: from the environment, or from a file of NAME=VALUE lines, which wins.</summary>
internal static class SecretFlags
{
    private const string Prefix = "PROBES_SECRET_";

    public static Option<string?> File() => new("--secrets-file")
    {
        Description = $"Secrets that checks refer to, a line NAME=VALUE each (or {Prefix}NAME in the environment)",
        HelpName = "FILE",
    };

    /// <exception cref="AgentStopException">The file is not one, or a secret is missing or not allowed; values are not repeated.</exception>
    public static SecretVault Read(string? file, DocumentSet documents)
    {
        var given = file is null ? new Dictionary<string, string>() : ReadFile(file);
        var values = new Dictionary<(string, string), string>();
        List<string> missing = [];
        foreach (var check in documents.Checks)
        {
            foreach (var use in documents.SecretUses.GetValueOrDefault(check.Name, []))
            {
                var value = given.GetValueOrDefault(use.Name) ?? Environment.GetEnvironmentVariable(Prefix + use.Name);
                if (value is null || SecretReferences.ValueMistake(value) is not null)
                {
                    missing.Add($"{use.Place.File}:{use.Place.Line}:{use.Place.Column}: {use.Key}: secret '{use.Name}' "
                        + (value is null ? $"is not given (allowed: {Prefix}{use.Name} in the environment, or --secrets-file)"
                            : $"{SecretReferences.ValueMistake(value)} (allowed: {SecretReferences.ValueAllowed})"));
                }
                else
                {
                    values[(QualifiedName.ProjectOf(check.Name), use.Name)] = value;
                }
            }
        }

        if (missing.Count > 0)
        {
            throw new AgentStopException(ExitCodes.BadInput, string.Join('\n', missing.Distinct(StringComparer.Ordinal)));
        }

        var vault = new SecretVault(TimeProvider.System);
        vault.Take(values.Select(v => (v.Key, v.Value)));
        return vault;
    }

    private static Dictionary<string, string> ReadFile(string file)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (index, line) in System.IO.File.ReadAllLines(file).Index())
        {
            if (line.Trim() is { Length: 0 } or ['#', ..])
            {
                continue;
            }

            var at = line.IndexOf('=', StringComparison.Ordinal);
            if (at < 0 || !SecretReferences.IsName(line[..at].Trim()))
            {
                throw new AgentStopException(ExitCodes.BadInput,
                    $"{file}:{index + 1}:1: is not a secret (allowed: NAME=VALUE, the name {SecretReferences.NameAllowed})");
            }

            values[line[..at].Trim()] = line[(at + 1)..];
        }

        return values;
    }
}
