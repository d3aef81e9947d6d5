using System.Text.RegularExpressions;

namespace Probes.Orchestrator.Enrolment;

/// <summary>Names of agents: like host names, unique among all agents.</summary>
internal static partial class AgentNames
{
    internal const string Allowed = "1 to 63 lower case letters, digits and '-', not at the ends";

    private const int MaxLength = 63;

    internal static bool IsValid(string name) => name.Length <= MaxLength && Whole().IsMatch(name);

    /// <summary>Lower case, letters, digits and '-' only; the location when nothing is left.</summary>
    internal static string Clean(string wished, string location)
    {
        var name = Others().Replace(wished.Trim().ToLowerInvariant(), "-").Trim('-');
        name = name.Length > 0 ? name : location;
        return name.Length <= MaxLength - 6 ? name : name[..(MaxLength - 6)].TrimEnd('-');
    }

    /// <summary>The name itself, or with the first number that is free.</summary>
    internal static string Free(string name, IReadOnlySet<string> taken)
    {
        for (var i = 2; ; i++)
        {
            var candidate = i == 2 ? name : $"{name}-{i - 1}";
            if (!taken.Contains(candidate))
            {
                return candidate;
            }
        }
    }

    [GeneratedRegex(@"\A[a-z0-9]([a-z0-9-]*[a-z0-9])?\z")]
    private static partial Regex Whole();

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex Others();
}
