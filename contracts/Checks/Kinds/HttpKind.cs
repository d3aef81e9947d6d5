using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Probes.Contracts.Documents;
using Probes.Contracts.Wire;

namespace Probes.Contracts.Checks.Kinds;

internal sealed class HttpKind : IProbeKind
{
    private const int LargestBodyRead = 16 << 20;
    private const int MostRedirects = 20;
    private const int MostHeaders = 100;
    private const string UrlAllowed = "an absolute http:// or https:// address without user name and password";

    private static readonly (string, HttpProtocol)[] Versions = [("1.1", HttpProtocol.Http11), ("2", HttpProtocol.Http2)];

    public string Name => "http";

    public string Target(ProbeSpec spec) => ((HttpSpec)spec).Url.ToString();

    public string Host(ProbeSpec spec) => ((HttpSpec)spec).Url.Host;

    public IReadOnlyList<(string Key, SecretPlace Place)> SecretKeys { get; } = [("url", SecretPlace.Query), ("headers", SecretPlace.Header), ("body", SecretPlace.Text)];

    public ProbeSpec Fill(ProbeSpec spec, SecretFill fill)
    {
        var http = (HttpSpec)spec;
        var address = fill(http.Url.OriginalString, SecretPlace.Query);
        return http with
        {
            Url = address == http.Url.OriginalString ? http.Url : new Uri(address),
            Headers = [.. http.Headers.Select(h => KeyValuePair.Create(h.Key, fill(h.Value, SecretPlace.Header)))],
            Body = Rules.Filled(http.Body, fill),
        };
    }

    public ProbeSpec? Read(DocumentMap map)
    {
        var text = map.Line("url", required: true, most: 4096);
        Uri? url = null;
        if (text is not null && !Rules.IsWebAddress(text, out url))
        {
            // A password is not repeated.
            map.Error("url", url?.UserInfo.Length > 0 ? "holds a user name or password" : $"'{DocumentMap.Shown(text)}' is not a web address", UrlAllowed);
            url = null;
        }

        var method = map.Line("method") ?? "GET";
        if (!Rules.IsToken(method))
        {
            map.Error("method", $"'{DocumentMap.Shown(method)}' is not a method", "a token such as GET, HEAD or POST");
        }

        var headers = Headers(map);
        var spec = new HttpSpec
        {
            Url = url ?? new Uri("http://invalid.invalid/"),
            Method = method,
            Headers = headers,
            Body = Rules.Bytes(map, "body"),
            Version = map.Word("version", Versions) ?? HttpProtocol.Http11,
            MaxRedirects = (int)(map.Integer("maxRedirects", 0, MostRedirects) ?? 10),
            MaxBodyBytes = map.Integer("maxBodyBytes", 0, LargestBodyRead) ?? 1 << 20,
            SkipCertificateCheck = !(map.Flag("verifyCertificate") ?? true),
        };
        map.Close();
        return url is null ? null : spec;
    }

    public void Write(ProbeSpec spec, Utf8JsonWriter json)
    {
        var http = (HttpSpec)spec;
        json.WriteString("url", http.Url.OriginalString);
        json.WriteString("method", http.Method);
        if (http.Headers.Count > 0)
        {
            json.WriteStartObject("headers");
            foreach (var (name, value) in http.Headers)
            {
                json.WriteString(name, value);
            }

            json.WriteEndObject();
        }

        if (!http.Body.IsEmpty)
        {
            json.WriteString("body", Encoding.UTF8.GetString(http.Body.Span));
        }

        json.WriteString("version", http.Version == HttpProtocol.Http2 ? "2" : "1.1");
        json.WriteNumber("maxRedirects", http.MaxRedirects);
        json.WriteNumber("maxBodyBytes", http.MaxBodyBytes);
        json.WriteBoolean("verifyCertificate", !http.SkipCertificateCheck);
    }

    public void ToWire(ProbeSpec spec, CheckSpec wire)
    {
        var http = (HttpSpec)spec;
        wire.Http = new HttpProbe
        {
            Url = http.Url.OriginalString,
            Method = http.Method,
            Headers = { http.Headers.Select(h => new HttpHeader { Name = h.Key, Value = h.Value }) },
            Body = ByteString.CopyFrom(http.Body.Span),
            Version = http.Version == HttpProtocol.Http2 ? HttpVersion._2 : HttpVersion._11,
            MaxRedirects = http.MaxRedirects,
            MaxBodyBytes = http.MaxBodyBytes,
            SkipCertificateCheck = http.SkipCertificateCheck,
        };
    }

    public ProbeSpec? FromWire(CheckSpec wire)
    {
        if (wire.Http is not { } http)
        {
            return null;
        }

        if (!Rules.IsWebAddress(http.Url, out var url))
        {
            throw new FormatException($"http.url is not {UrlAllowed}");
        }

        if (!Rules.IsToken(http.Method) || http.Headers.Any(h => !Rules.IsToken(h.Name) || !Rules.IsHeaderValue(h.Value)))
        {
            throw new FormatException("http.method or http.headers holds characters that HTTP does not allow");
        }

        if (http.Headers.Count > MostHeaders || http.Body.Length > Rules.LargestBytes)
        {
            throw new FormatException("http.headers or http.body is larger than a check may have");
        }

        if (http.MaxRedirects is < 0 or > MostRedirects || http.MaxBodyBytes is < 0 or > LargestBodyRead)
        {
            throw new FormatException($"http.max_redirects (0 to {MostRedirects}) or http.max_body_bytes (0 to {LargestBodyRead}) is out of range");
        }

        if (http.Version is not (HttpVersion._11 or HttpVersion._2))
        {
            throw new FormatException("http.version is not one this agent knows");
        }

        return new HttpSpec
        {
            Url = url,
            Method = http.Method,
            Headers = [.. http.Headers.Select(h => KeyValuePair.Create(h.Name, h.Value))],
            Body = http.Body.Memory,
            Version = http.Version == HttpVersion._2 ? HttpProtocol.Http2 : HttpProtocol.Http11,
            MaxRedirects = http.MaxRedirects,
            MaxBodyBytes = http.MaxBodyBytes,
            SkipCertificateCheck = http.SkipCertificateCheck,
        };
    }

    private static List<KeyValuePair<string, string>> Headers(DocumentMap map)
    {
        List<KeyValuePair<string, string>> headers = [];
        if (map.Map("headers") is not { } written)
        {
            return headers;
        }

        foreach (var (name, value) in written.Pairs(MostHeaders))
        {
            if (!Rules.IsToken(name))
            {
                written.Error(name, "is not a header name", "a token (RFC 9110 section 5.1)");
            }
            else if (!Rules.IsHeaderValue(value))
            {
                written.Error(name, "is not a header value", "printable text on one line, at most 8192 characters");
            }
            else
            {
                headers.Add(KeyValuePair.Create(name, value));
            }
        }

        return headers;
    }
}
