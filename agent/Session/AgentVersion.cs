using System.Reflection;

namespace Probes.Agent.Session;

internal static class AgentVersion
{
    /// <summary>Version of this build, such as <c>0.2.0</c>.</summary>
    public static string Current { get; } =
        typeof(AgentVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";
}
