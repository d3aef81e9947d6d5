using Probes.Tests.Structure;

namespace Probes.Tests.Testing;

/// <summary>Messages as an older version wrote them, byte for byte.</summary>
internal static class Recorded
{
    private const string File01 = "tests/Contracts/Protos/recorded/0.1.txt";

    /// <param name="name">As it stands in the file, such as "agent/hello".</param>
    public static byte[] Of01(string name) =>
        Convert.FromHexString(File.ReadLines(Path.Combine(Repository.Root, File01)).Single(l => l.StartsWith(name + " ", StringComparison.Ordinal))[(name.Length + 1)..]);
}
