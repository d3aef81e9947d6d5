using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using DnsClient;
using DnsClient.Protocol;
using Probes.Contracts.Checks;
using Probes.Contracts.Results;

namespace Probes.Agent.Probes;

/// <summary>How this agent resolves names.</summary>
public sealed class ResolverOptions
{
    /// <summary>Server to ask, as ADDRESS or ADDRESS:PORT; null means those of the system (/etc/resolv.conf).</summary>
    public IPEndPoint? Server { get; set; }
}

/// <summary>Resolves names afresh each time: no cache, no happy eyeballs, so that what is measured is known. Literal addresses,
/// localhost (RFC 6761) and the hosts file need no query.</summary>
internal sealed class Resolver(ResolverOptions options, HostsFile hosts)
{
    private readonly ConcurrentDictionary<(string Server, int Port, DnsTransport Transport), LookupClient> _clients = new();

    /// <summary>The first IPv4 address, or the first IPv6 address when there is none. Times the dns phase when a query is made.</summary>
    /// <param name="host">Name or literal address.</param>
    /// <param name="clock">Of the run.</param>
    /// <param name="seen">Is told of the other addresses that the name has.</param>
    /// <param name="ct">Ends the waiting.</param>
    public async ValueTask<IPAddress> ResolveAsync(string host, RunClock clock, Observation seen, CancellationToken ct)
    {
        if (IPAddress.TryParse(host, out var literal))
        {
            return literal;
        }

        host = host.TrimEnd('.');
        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase))
        {
            return IPAddress.Loopback;
        }

        if (hosts.Find(host) is { } listed)
        {
            return listed;
        }

        clock.Enter(Phase.Dns);
        var client = Client("", 53, DnsTransport.Udp);
        var addresses = await AskAsync(client, host, QueryType.A, ct);
        addresses = addresses.Count > 0 ? addresses : await AskAsync(client, host, QueryType.AAAA, ct);
        clock.Leave();
        if (addresses.Count > 1)
        {
            seen.Note(EvidenceNames.Addresses, BoundedText.Join(addresses.Select(a => a.ToString())));
        }

        return addresses.Count > 0 ? addresses[0] : throw ProbeFault.Dns(Reasons.NoAnswers, $"{host} has no address");
    }

    /// <summary>Clients hold no state but where they ask; one for each place.</summary>
    public LookupClient Client(string server, int port, DnsTransport transport) => _clients.GetOrAdd((server, port, transport), key =>
    {
        var settings = (key.Server, options.Server) switch
        {
            ("", null) => new LookupClientOptions(),
            ("", { } chosen) => new LookupClientOptions(chosen),
            _ => new LookupClientOptions(new IPEndPoint(IPAddress.Parse(key.Server), key.Port)),
        };
        settings.UseCache = false;
        settings.Retries = 0;
        settings.ThrowDnsErrors = false;
        settings.ContinueOnDnsError = false;
        settings.UseTcpFallback = true;
        settings.UseTcpOnly = key.Transport == DnsTransport.Tcp;

        // The run's own time-out comes first; this one only ends what nobody waits for.
        settings.Timeout = TimeSpan.FromMinutes(1);
        return new LookupClient(settings);
    });

    /// <summary>Sends a query; network trouble on the way becomes a fault of dns.</summary>
    public static async ValueTask<IDnsQueryResponse> QueryAsync(LookupClient client, string name, QueryType type, CancellationToken ct)
    {
        if (client.NameServers.Count == 0)
        {
            // The library would fail in its own way; in no case is a public resolver asked instead of one that was configured.
            throw new ProbeFault(RunStatus.Failed, FailureSource.Agent, Reasons.AgentNoResolver, "this machine has no DNS server configured; give one with --resolver");
        }

        try
        {
            return await client.QueryAsync(name, type, cancellationToken: ct).WaitAsync(ct);
        }
        catch (DnsResponseException) when (ct.IsCancellationRequested)
        {
            // The library may come first, and in its own words: it is the run's time-out or the agent's stop all the same.
            throw new OperationCanceledException(ct);
        }
        catch (DnsResponseException e)
        {
            throw ProbeFault.OfAgent(e.InnerException as SocketException) ?? ProbeFault.Dns(Reasons.DnsFailed, $"no answer for {name}: {e.InnerException?.Message ?? e.Message}");
        }
        catch (Exception e) when (e is SocketException or InvalidOperationException && !ct.IsCancellationRequested)
        {
            throw ProbeFault.OfAgent(e as SocketException) ?? ProbeFault.Dns(Reasons.DnsFailed, $"no answer for {name}: {e.Message}");
        }
    }

    /// <summary>The reason for a response code that is not success (RFC 1035 section 4.1.1); null for success.</summary>
    public static ProbeFault? Refusal(IDnsQueryResponse response, string name) => response.Header.ResponseCode switch
    {
        DnsHeaderResponseCode.NoError => null,
        DnsHeaderResponseCode.NotExistentDomain => ProbeFault.Dns(Reasons.NxDomain, $"{name} does not exist"),
        DnsHeaderResponseCode.ServerFailure => ProbeFault.Dns(Reasons.ServFail, $"the server could not resolve {name}"),
        DnsHeaderResponseCode.Refused => ProbeFault.Dns(Reasons.DnsRefused, $"the server refused to resolve {name}"),
        var code => ProbeFault.Dns(Reasons.DnsFailed, $"the server answered {code} for {name}"),
    };

    private static async ValueTask<List<IPAddress>> AskAsync(LookupClient client, string host, QueryType type, CancellationToken ct)
    {
        var response = await QueryAsync(client, host, type, ct);
        if (Refusal(response, host) is { } refusal)
        {
            throw refusal;
        }

        var wanted = type == QueryType.A ? ResourceRecordType.A : ResourceRecordType.AAAA;
        return [.. response.Answers.OfType<AddressRecord>().Where(a => a.RecordType == wanted).Select(a => a.Address)];
    }
}
