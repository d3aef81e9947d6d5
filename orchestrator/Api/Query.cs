using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Probes.Contracts.Documents;

namespace Probes.Orchestrator.Api;

/// <summary>Reads values of a query; the first that is not allowed becomes the refusal.</summary>
internal sealed class Query(HttpRequest request)
{
    internal const string TimeAllowed = "an ISO 8601 time with its offset, such as 2026-01-31T12:00:00Z";

    public ProblemHttpResult? Refusal { get; private set; }

    public string? Text(string name) => request.Query[name] is [{ Length: > 0 } value] ? value : null;

    public DateTimeOffset? Time(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            && time.Year is >= 1970 and < 9999)
        {
            return time;
        }

        Refuse(name, text, TimeAllowed);
        return null;
    }

    /// <summary>Seconds, or a number and a unit.</summary>
    public TimeSpan? Span(string name, TimeSpan least, TimeSpan most)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        if ((Durations.TryParse(text, out var span) || Durations.TryParse(text + "s", out span)) && span >= least && span <= most)
        {
            return span;
        }

        Refuse(name, text, $"{Durations.Format(least)} to {Durations.Format(most)}, in seconds or with a unit");
        return null;
    }

    public int? Integer(string name, int least, int most)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
        {
            return number;
        }

        Refuse(name, text, $"a whole number from {least} to {most}");
        return null;
    }

    public bool? Flag(string name)
    {
        switch (Text(name))
        {
            case null:
                return null;
            case "true":
                return true;
            case "false":
                return false;
            case var text:
                Refuse(name, text, "true or false");
                return null;
        }
    }

    public void Refuse(string name, string text, string allowed) =>
        Refusal ??= Problems.Field(name, $"'{(text.Length > 80 ? text[..80] + "…" : text)}' is not allowed", allowed);
}
