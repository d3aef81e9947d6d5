using Probes.Faults.Parts;

namespace Probes.Faults.Plans;

/// <summary>Something that is done to a running system.</summary>
/// <param name="Name">As in the table.</param>
/// <param name="Short">Part of the short form.</param>
/// <param name="Do">Does it and undoes it; when it returns, everything runs again.</param>
/// <param name="Needs">Null when it can be done here, else why not.</param>
/// <param name="Drops">Agents must give results up, and say so.</param>
internal sealed record Fault(string Name, bool Short, Func<World, Task> Do, Func<World, string?>? Needs = null, bool Drops = false);
