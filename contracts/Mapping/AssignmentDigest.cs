using System.Security.Cryptography;
using System.Text;

namespace Probes.Contracts.Mapping;

/// <summary>SHA-256 over "name:revision\n" of all checks of an assignment, ordered by name (ordinal).</summary>
public static class AssignmentDigest
{
    public static byte[] Compute(IEnumerable<(string Name, long Revision)> checks)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, revision) in checks.OrderBy(c => c.Name, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{name}:{revision}\n"));
        }

        return hash.GetHashAndReset();
    }
}
