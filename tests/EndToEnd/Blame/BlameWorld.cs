using System.Net;
using System.Text;
using Probes.Tests.Testing;

namespace Probes.Tests.EndToEnd.Blame;

/// <summary>One agent of the world: where it stands, and the address to which its own resolver leads it.</summary>
internal sealed record Seat(string Agent, string Location, string Region, IPAddress Address);

/// <summary>
/// Targets, and between each of them and each agent a proxy of their own, to which the agent's own resolver leads: whatever can be to blame can be made worse by itself.
/// </summary>
internal sealed class BlameWorld : IAsyncDisposable
{
    /// <summary>Of checks that run every second from everywhere.</summary>
    public static readonly string[] Everywhere = ["shop", "pay", "api", "cdn", "feed"];

    /// <summary>Of checks that run from two regions, every second until they have a past, and then every five.</summary>
    public static readonly string[] Seldom = ["till", "bank"];

    public static readonly Seat[] Seats =
    [
        .. new[] { ("eu", "eu-west", "eu-west"), ("us-1", "us-east-1", "us-east"), ("us-2", "us-east-2", "us-east"), ("ap", "ap-south", "ap-south"), ("sa-a", "sa-east", "sa-east"), ("sa-b", "sa-east", "sa-east"), ("af", "af-south", "af-south") }
            .Select((s, i) => new Seat(s.Item1, s.Item2, s.Item3, IPAddress.Parse($"127.0.7.{i + 1}"))),
    ];

    /// <summary>What every target takes to answer when all is well.</summary>
    public static readonly TimeSpan Usual = TimeSpan.FromMilliseconds(250);

    private readonly Dictionary<string, Target> _targets = [];
    private readonly Dictionary<(string Agent, string Target), DelayProxy> _ways = [];
    private readonly Dictionary<string, Resolver> _resolvers;

    public BlameWorld()
    {
        foreach (var name in Everywhere.Concat(Seldom))
        {
            var target = _targets[name] = new Target();
            var upstream = new IPEndPoint(IPAddress.Loopback, target.Server.Port);
            foreach (var seat in Seats)
            {
                _ways[(seat.Agent, name)] = new DelayProxy(seat.Address, target.Port, upstream);
            }
        }

        _resolvers = Seats.ToDictionary(s => s.Agent, s => new Resolver(s.Address));
    }

    /// <summary>Checks and the places that those run from which do not run everywhere.</summary>
    /// <param name="seldom">Interval of <see cref="Seldom"/>.</param>
    public string Checks(string seldom) =>
        string.Join("\n---\n", Everywhere.Select(n => Check(n, "1s", "")).Concat(Seldom.Select(n => Check(n, seldom, ", locations: [eu-west, af-south]"))));

    public static string Locations => string.Join("\n---\n", Seats.DistinctBy(s => s.Location).Select(s => $"apiVersion: probes/v1\nkind: Location\nmetadata: {{name: {s.Location}}}\nspec: {{type: private, region: {s.Region}}}"));

    public int ResolverOf(string agent) => _resolvers[agent].Dns.Port;

    /// <summary>The way of some agents to some targets takes longer; zero: as ever.</summary>
    public void Slow(double ms, IEnumerable<string> agents, IEnumerable<string> targets) => Each(agents, targets, w => w.Delay = TimeSpan.FromMilliseconds(ms));

    /// <summary>Connections of some agents to some targets break.</summary>
    public void Cut(bool cut, IEnumerable<string> agents, IEnumerable<string> targets) => Each(agents, targets, w => w.Cut = cut);

    /// <summary>A target takes longer for everybody; zero: as ever.</summary>
    public void SlowTarget(double ms, params string[] targets) => Array.ForEach(targets, t => _targets[t].More = TimeSpan.FromMilliseconds(ms));

    /// <summary>A target answers everybody with an error.</summary>
    public void Down(bool down, string target) => _targets[target].Down = down;

    public void SlowResolver(double ms, string agent) => _resolvers[agent].Dns.Delay = TimeSpan.FromMilliseconds(ms);

    /// <summary>A resolver answers SERVFAIL to every question.</summary>
    public void FailingResolver(bool failing, string agent) => _resolvers[agent].Failing = failing;

    /// <summary>A resolver answers nothing.</summary>
    public void SilentResolver(bool silent, string agent) => _resolvers[agent].Silent = silent;

    public async ValueTask DisposeAsync()
    {
        foreach (var part in _ways.Values.Concat<IAsyncDisposable>(_resolvers.Values.Select(r => r.Dns)).Concat(_targets.Values.Select(t => t.Server)))
        {
            await part.DisposeAsync();
        }
    }

    private string Check(string name, string interval, string more) =>
        $"apiVersion: probes/v1\nkind: Check\nmetadata: {{name: {name}}}\nspec: {{interval: {interval}, timeout: 1s, http: {{url: \"http://{name}.test:{_targets[name].Port}/\"}}, assertions: [{{status: 200}}]{more}}}";

    private void Each(IEnumerable<string> agents, IEnumerable<string> targets, Action<DelayProxy> change)
    {
        foreach (var way in agents.SelectMany(a => targets.Select(t => _ways[(a, t)])))
        {
            change(way);
        }
    }

    private sealed class Target
    {
        public Target() => Server = new RawServer(async (stream, ct) =>
        {
            await RawServer.ReadHeadAsync(stream, ct);
            await Task.Delay(Usual + More, TimeProvider.System, ct);
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {(Down ? "503 Service Unavailable" : "200 OK")}\r\nContent-Length: 2\r\n\r\nok"), ct);
        });

        public RawServer Server { get; }

        /// <summary>Where the proxies of all agents listen, each on its own address.</summary>
        public int Port { get; } = FreePort.Next();

        public TimeSpan More { get; set; }

        public bool Down { get; set; }
    }

    private sealed class Resolver
    {
        public Resolver(IPAddress address) =>
            Dns = new FakeDns((_, type) => Silent ? null : Failing ? new FakeDns.Reply(Code: 2) : type == 1 ? new FakeDns.Reply(Records: (1, address.GetAddressBytes())) : new FakeDns.Reply());

        public FakeDns Dns { get; }

        public bool Failing { get; set; }

        public bool Silent { get; set; }
    }
}
