using System.Globalization;

namespace Probes.Orchestrator.Store;

/// <summary>Where a page ended: the key of its last result in the order newest first. A total order, so pages neither repeat nor skip.</summary>
internal readonly record struct ResultCursor(long DueMicros, int CheckId, int AgentId, long Sequence, long Epoch)
{
    /// <summary>Before the first page.</summary>
    public static readonly ResultCursor Newest = new(long.MaxValue, int.MaxValue, int.MaxValue, long.MaxValue, long.MaxValue);

    /// <exception cref="FormatException">Not a cursor of ours.</exception>
    public static ResultCursor Parse(string? text)
    {
        if (text is null)
        {
            return Newest;
        }

        var parts = text.Split('.');
        if (parts.Length == 5 && Number(parts[0], out var due) && Number(parts[1], out var check) && Number(parts[2], out var agent)
            && Number(parts[3], out var sequence) && Number(parts[4], out var epoch) && check is >= 0 and <= int.MaxValue && agent is >= 0 and <= int.MaxValue)
        {
            return new ResultCursor(due, (int)check, (int)agent, sequence, epoch);
        }

        throw new FormatException("cursor: not one that a page of results gave.");
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{DueMicros:x}.{CheckId:x}.{AgentId:x}.{Sequence:x}.{Epoch:x}");

    private static bool Number(string text, out long value) =>
        long.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
}
