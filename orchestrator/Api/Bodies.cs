using System.Text;

namespace Probes.Orchestrator.Api;

/// <summary>Reads a request's body as text, up to a bound.</summary>
internal static class Bodies
{
    public const int Largest = 1 << 20;

    /// <summary>Null when it is larger than <see cref="Largest"/>.</summary>
    public static async Task<string?> ReadAsync(HttpRequest request, CancellationToken ct)
    {
        if (request.ContentLength > Largest)
        {
            return null;
        }

        var buffer = new byte[Largest + 1];
        var filled = await request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, ct);
        return filled > Largest ? null : Encoding.UTF8.GetString(buffer, 0, filled);
    }
}
