using System.Text;
using Probes.Contracts.Checks;
using Probes.Orchestrator.Catalog;

namespace Probes.Orchestrator.Dashboard.Parts;

/// <summary>Makes a check of what was typed into a form.</summary>
internal static class NewChecks
{
    private const int LongestName = 63;

    /// <summary>A check, or what is wrong with the address, for people.</summary>
    public static (Check? Check, string Error) Http(string? typed, int seconds, string project, CatalogSnapshot catalog)
    {
        var text = typed?.Trim() ?? "";
        if (text.Length == 0)
        {
            return (null, "Type an address, such as https://example.com/health.");
        }

        // "example.com" is what people type; a scheme of another kind is not repaired.
        var address = text.Contains("://", StringComparison.Ordinal) ? text : "https://" + text;
        if (!Uri.TryCreate(address, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || url.Host.Length == 0)
        {
            return (null, $"“{text}” is not an http or https address.");
        }

        if (url.UserInfo.Length > 0)
        {
            return (null, "The address must not hold a user name or password: they would be shown with the check.");
        }

        var interval = TimeSpan.FromSeconds(Math.Clamp(seconds, 1, 86_400));
        var check = new Check
        {
            Name = FreeName(url, project, catalog),
            Interval = interval,
            Timeout = interval < TimeSpan.FromSeconds(10) ? interval : TimeSpan.FromSeconds(10),
            Probe = new HttpSpec { Url = url },
            Assertions = [new StatusAssertion([new StatusRange(200, 399)])],
        };
        return (check, "");
    }

    /// <summary>Host and path as a name, with a number behind it when another check has that name.</summary>
    private static string FreeName(Uri url, string project, CatalogSnapshot catalog)
    {
        var stem = Label(url.Host + url.AbsolutePath);
        for (var n = 1; ; n++)
        {
            var end = n == 1 ? "" : "-" + n;
            var name = QualifiedName.Of(project, stem[..Math.Min(stem.Length, LongestName - end.Length)].TrimEnd('-') + end);
            if (!catalog.Checks.ContainsKey(name))
            {
                return name;
            }
        }
    }

    private static string Label(string text)
    {
        var label = new StringBuilder();
        foreach (var c in text.ToLowerInvariant())
        {
            if (char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c))
            {
                label.Append(c);
            }
            else if (label.Length > 0 && label[^1] != '-')
            {
                label.Append('-');
            }
        }

        var result = label.ToString().Trim('-');
        return result.Length == 0 ? "check" : result;
    }
}
