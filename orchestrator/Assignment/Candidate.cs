namespace Probes.Orchestrator.Assignment;

/// <summary>An agent that can take work.</summary>
/// <param name="PublicId">Who.</param>
/// <param name="Location">Where.</param>
/// <param name="Shared">Its location takes checks of other projects that name it.</param>
/// <param name="Capacity">Runs a second it says it can take; 0: not declared, no limit.</param>
/// <param name="Abilities">As <see cref="AbilitiesOf"/> makes it; empty: not known, anything.</param>
internal readonly record struct Candidate(string PublicId, string Location, bool Shared = false, double Capacity = 0, string Abilities = "")
{
    /// <summary>Kinds and capabilities as one text that can be compared and looked into; empty when an agent names no kinds.</summary>
    internal static string AbilitiesOf(IEnumerable<string> kinds, IEnumerable<string> capabilities)
    {
        var named = kinds.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        return named.Count == 0 ? "" : $"|{string.Join('|', named.Concat(capabilities.Order(StringComparer.Ordinal).Select(c => "can:" + c)))}|";
    }

    /// <summary>Whether these abilities meet every need of <see cref="Needs"/>.</summary>
    internal static bool Meets(string abilities, IReadOnlyList<string> needs) =>
        abilities.Length == 0 || needs.All(n => abilities.Contains($"|{n}|", StringComparison.Ordinal));
}
