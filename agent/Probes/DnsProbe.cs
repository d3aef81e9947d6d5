using System.Globalization;
using System.Net;
using DnsClient;
using DnsClient.Protocol;
using Probes.Agent.Policy;
using Probes.Contracts.Checks;

namespace Probes.Agent.Probes;

/// <summary>One query to a chosen server, or to the agent's own; UDP falls back to TCP when the answer is truncated.</summary>
internal sealed class DnsProbe(Resolver resolver, TargetGuard guard, TimeProvider time) : IProbe
{
    public string Kind => "dns";

    public ValueTask<ProbeOutcome> RunAsync(Check check, CancellationToken timeout, CancellationToken stopping) =>
        ProbeRun.RunAsync(check, time, timeout, stopping, async (clock, seen, ct) =>
        {
            var spec = (DnsSpec)check.Probe;
            if (spec.Server.Length > 0)
            {
                var server = IPAddress.Parse(spec.Server);
                seen.Address = new IPEndPoint(server, spec.Port).ToString();
                ProbeFault.ThrowIf(guard.OfHost(spec.Server, spec.Port) ?? guard.OfAddress("", server));
            }

            var client = resolver.Client(spec.Server, spec.Port, spec.Transport);
            clock.Enter(Phase.Dns);
            var response = await Resolver.QueryAsync(client, spec.Name, QueryTypeOf(spec.Type), ct);
            clock.Leave();
            seen.Address = response.NameServer.ToString();
            seen.Note("server", seen.Address);
            seen.StatusCode = (int)response.Header.ResponseCode;
            if (Resolver.Refusal(response, spec.Name) is { } refusal)
            {
                throw refusal;
            }

            var wanted = (ResourceRecordType)QueryTypeOf(spec.Type);
            var records = response.Answers.Where(a => a.RecordType == wanted).ToList();
            if (records.Count == 0)
            {
                throw ProbeFault.Dns(Reasons.NoAnswers, $"{spec.Name} has no {spec.Type.ToString().ToUpperInvariant()} record");
            }

            seen.Answers = [.. records.Select(Presentation).Order(StringComparer.Ordinal)];
            seen.Note("answers", BoundedText.Join(seen.Answers));
            seen.Note("ttl", records.Min(r => r.InitialTimeToLive).ToString(CultureInfo.InvariantCulture));
        });

    private static QueryType QueryTypeOf(DnsRecordType type) => type switch
    {
        DnsRecordType.A => QueryType.A,
        DnsRecordType.Aaaa => QueryType.AAAA,
        DnsRecordType.Cname => QueryType.CNAME,
        DnsRecordType.Mx => QueryType.MX,
        DnsRecordType.Ns => QueryType.NS,
        DnsRecordType.Txt => QueryType.TXT,
        DnsRecordType.Soa => QueryType.SOA,
        DnsRecordType.Ptr => QueryType.PTR,
        DnsRecordType.Srv => QueryType.SRV,
        DnsRecordType.Caa => QueryType.CAA,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "not a record type"),
    };

    // Presentation form (RFC 1035 section 5.1), names in lower case without the root's dot.
    private static string Presentation(DnsResourceRecord record) => record switch
    {
        AddressRecord r => r.Address.ToString(),
        CNameRecord r => Name(r.CanonicalName),
        MxRecord r => string.Create(CultureInfo.InvariantCulture, $"{r.Preference} {Name(r.Exchange)}"),
        NsRecord r => Name(r.NSDName),
        TxtRecord r => string.Concat(r.Text),
        SoaRecord r => string.Create(CultureInfo.InvariantCulture, $"{Name(r.MName)} {Name(r.RName)} {r.Serial} {r.Refresh} {r.Retry} {r.Expire} {r.Minimum}"),
        PtrRecord r => Name(r.PtrDomainName),
        SrvRecord r => string.Create(CultureInfo.InvariantCulture, $"{r.Priority} {r.Weight} {r.Port} {Name(r.Target)}"),
        CaaRecord r => string.Create(CultureInfo.InvariantCulture, $"{r.Flags} {r.Tag} \"{r.Value}\""),
        _ => record.ToString(),
    };

    private static string Name(DnsString name) => name.Value is "." ? "." : name.Value.TrimEnd('.').ToLowerInvariant();
}
