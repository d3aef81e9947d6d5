using System.Text.Json;
using Probes.Contracts.Results;

namespace Probes.Agent.Probes;

/// <summary>What a run has seen so far: what assertions are held against and results tell.</summary>
internal sealed class Observation
{
    private const int LongestHeader = 128;
    private static readonly IReadOnlyDictionary<string, string> None = new Dictionary<string, string>();
    private Dictionary<string, string>? _evidence;
    private JsonElement? _json;

    public string Address { get; set; } = "";

    public int StatusCode { get; set; }

    public List<KeyValuePair<string, string>> Headers { get; } = [];

    /// <summary>Text of the body; empty unless an assertion asks for it.</summary>
    public string Body { get; set; } = "";

    public IReadOnlyList<string> Answers { get; set; } = [];

    public int? CertificateDaysLeft { get; set; }

    public TimeSpan Duration { get; set; }

    public PhaseTimes Phases { get; set; }

    public IReadOnlyDictionary<string, string> Evidence => _evidence ?? None;

    public void Note(string name, string value)
    {
        if (value.Length > 0)
        {
            (_evidence ??= [])[name] = BoundedText.Cut(value);
        }
    }

    /// <summary>Notes those headers that tell who answered.</summary>
    public void NoteHeaders()
    {
        foreach (var (key, _) in Headers)
        {
            if (EvidenceNames.Headers.TryGetValue(key, out var name))
            {
                Note(name, BoundedText.Cut(Header(name)!, LongestHeader));
            }
        }
    }

    /// <summary>A header's value, several lines of it joined by commas (RFC 9110 section 5.3); null when it is absent.</summary>
    public string? Header(string name)
    {
        string? found = null;
        foreach (var (key, value) in Headers)
        {
            if (string.Equals(key, name, StringComparison.OrdinalIgnoreCase))
            {
                found = found is null ? value : $"{found}, {value}";
            }
        }

        return found;
    }

    /// <summary>Forgets the answer, not the evidence: another request follows.</summary>
    public void NextAnswer()
    {
        StatusCode = 0;
        Headers.Clear();
        Body = "";
        _json = null;
        if (_evidence is not null)
        {
            foreach (var name in _evidence.Keys.Where(n => n is "body_truncated" or "body_bytes" or EvidenceNames.BodyHash || EvidenceNames.Headers.Contains(n)).ToList())
            {
                _evidence.Remove(name);
            }
        }
    }

    /// <summary>The body as JSON; null when it is not.</summary>
    public JsonElement? Json()
    {
        if (_json is null && Body.Length > 0)
        {
            try
            {
                using var document = JsonDocument.Parse(Body);
                _json = document.RootElement.Clone();
            }
            catch (JsonException)
            {
                return null;
            }
        }

        return _json;
    }
}
