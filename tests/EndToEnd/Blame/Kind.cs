namespace Probes.Tests.EndToEnd.Blame;

/// <summary>One fault and the incident that it must open.</summary>
/// <param name="Name">In words, for the table.</param>
/// <param name="Set">Begins it (true) and ends it.</param>
/// <param name="Culprit">As the API says it.</param>
/// <param name="Title">Of the incident.</param>
/// <param name="Words">What the cause's words must contain.</param>
/// <param name="Phase">That moved; null: failures name none.</param>
/// <param name="Pairs">All that must be a part of it, and nothing else.</param>
internal sealed record Kind(string Name, Action<bool> Set, string Culprit, string Title, string Words, string? Phase, IReadOnlyCollection<(string Check, string Region)> Pairs)
{
    /// <summary>Parts without which it is complete all the same: checks that run seldom are flagged later.</summary>
    public IReadOnlyCollection<(string Check, string Region)> Maybe { get; init; } = [];
}
